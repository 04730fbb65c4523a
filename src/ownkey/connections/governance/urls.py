"""The addresses of *Coverage* and *Use*; included at the root."""

from django.urls import path

from ownkey.connections.views import coverage, coverage_actions, use

app_name = "coverage"

urlpatterns = [
    path("settings/coverage/", coverage.coverage_list, name="list"),
    path("settings/coverage/export.csv", coverage.coverage_csv, name="csv"),
    path("settings/coverage/remind/", coverage_actions.remind_all, name="remind_all"),
    path(
        "settings/coverage/keys/<slug:key_id>/revoke/",
        coverage_actions.revoke_key,
        name="revoke_key",
    ),
    path("settings/coverage/<slug:slug>/<int:user_id>/", coverage.coverage_details, name="details"),
    path("settings/coverage/<slug:slug>/<int:user_id>/remind/", coverage_actions.remind, name="remind"),
    path("settings/coverage/<slug:slug>/<int:user_id>/suspend/", coverage_actions.suspend, name="suspend"),
    path(
        "settings/coverage/<slug:slug>/<int:user_id>/disconnect/",
        coverage_actions.disconnect,
        name="disconnect",
    ),
    path("settings/use/", use.use_list, name="use"),
    path("settings/use/export.csv", use.use_csv, name="use_csv"),
]
