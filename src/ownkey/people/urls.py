"""The addresses of the pages about people; included at the root."""

from django.urls import path

from ownkey.people import entrance_views, people_views, profile_views

app_name = "people"

urlpatterns = [
    path("set-up/<str:secret>/", entrance_views.set_up, name="set_up"),
    path("invitations/<str:secret>/", entrance_views.accept, name="accept"),
    path("profile/", profile_views.details, name="details"),
    path("profile/sessions/", profile_views.sessions, name="sessions"),
    path("profile/sessions/end-others/", profile_views.end_other_sessions, name="end_other_sessions"),
    path("profile/sessions/<int:pk>/end/", profile_views.end_session, name="end_session"),
    path("settings/people/", people_views.people, name="people"),
    path("settings/people/invite/", people_views.invite, name="invite"),
    path("settings/people/invitations/<int:pk>/revoke/", people_views.revoke, name="revoke"),
    path("settings/people/invitations/<int:pk>/send-again/", people_views.send_again, name="send_again"),
    path("settings/people/<int:pk>/suspend/", people_views.suspend, name="suspend"),
    path("settings/people/<int:pk>/reinstate/", people_views.reinstate, name="reinstate"),
    path(
        "settings/people/<int:pk>/make-administrator/",
        people_views.make_administrator,
        name="make_administrator",
    ),
    path(
        "settings/people/<int:pk>/unmake-administrator/",
        people_views.unmake_administrator,
        name="unmake_administrator",
    ),
]
