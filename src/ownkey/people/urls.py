"""The addresses of the pages about people; included at the root."""

from django.urls import path

from ownkey.people import entrance_views, people_views, profile_views
from ownkey.people.inviting import views as inviting_views
from ownkey.people.oidc import views as oidc_views
from ownkey.people.second_factors import views as factor_views

app_name = "people"

urlpatterns = [
    path("set-up/<str:secret>/", entrance_views.set_up, name="set_up"),
    path("invitations/<str:secret>/", entrance_views.accept, name="accept"),
    path("invitations/<str:secret>/provider/", oidc_views.join, name="join_by_provider"),
    path("sign-in/link/<str:token>/", entrance_views.sign_in_link, name="sign_in_link"),
    path("sign-in/provider/", oidc_views.sign_in, name="sign_in_by_provider"),
    path("sign-in/provider/callback/", oidc_views.callback, name="provider_callback"),
    path("confirm-provider/", oidc_views.confirm, name="confirm_by_provider"),
    path("profile/security/provider/connect/", oidc_views.connect, name="connect_provider"),
    path("profile/security/provider/disconnect/", oidc_views.disconnect, name="disconnect_provider"),
    path("profile/", profile_views.details, name="details"),
    path("profile/sessions/", profile_views.sessions, name="sessions"),
    path("profile/sessions/end-others/", profile_views.end_other_sessions, name="end_other_sessions"),
    path("profile/sessions/<int:pk>/end/", profile_views.end_session, name="end_session"),
    path("settings/people/", people_views.people, name="people"),
    path("settings/people/invite/", people_views.invite, name="invite"),
    path("settings/people/invite-many/", inviting_views.invite_many, name="invite_many"),
    path("settings/people/invitations/<int:pk>/", people_views.invitation, name="invitation"),
    path("settings/people/invitations/<int:pk>/revoke/", people_views.revoke, name="revoke"),
    path("settings/people/invitations/<int:pk>/send-again/", people_views.send_again, name="send_again"),
    path("settings/people/<int:pk>/reset-factors/", factor_views.reset_factors, name="reset_factors"),
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
    path("settings/people/<int:pk>/make-auditor/", people_views.make_auditor, name="make_auditor"),
    path("settings/people/<int:pk>/unmake-auditor/", people_views.unmake_auditor, name="unmake_auditor"),
]
