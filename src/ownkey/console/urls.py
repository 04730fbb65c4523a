"""Every address of the control plane."""

from django.urls import include, path

from ownkey.console import activity_page, errors, help_page, mail_page, record_page, views
from ownkey.workspace import settings_page
from ownkey.workspace.palette import views as palette

urlpatterns = [
    path("", views.home, name="home"),
    path("help/", help_page.help_page, name="help"),
    path("readyz", views.ready, name="ready"),
    path("profile/activity/", activity_page.activity, name="activity"),
    path("profile/activity/export.csv", activity_page.activity_csv, name="activity_csv"),
    path("settings/record/", record_page.record_list, name="record"),
    path("settings/record/export.csv", record_page.record_csv, name="record_csv"),
    path("demo/mail/", mail_page.mail_list, name="demo_mail"),
    path("healthz", views.healthy, name="healthy"),
    path("", include("ownkey.people.entrance_urls")),
    path("", include("ownkey.people.urls")),
    path("", include("ownkey.connections.urls")),
    path("", include("ownkey.connections.client_key_urls")),
    path("", include("ownkey.connections.governance.urls")),
    path(
        "settings/alm-accounts/<slug:slug>/workspace/",
        settings_page.workspace_settings,
        name="workspace_settings",
    ),
    path("find/", palette.find, name="find"),
    path("work/", include("ownkey.workspace.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
handler429 = errors.too_many_requests
