"""allauth's pages under Ownkey's addresses and with Ownkey's templates; the names are allauth's.

Only what people need is here: no sign-up, no e-mail management; the single sign-on provider's pages are
Ownkey's own.
"""

from allauth.account import views
from django.urls import path, re_path

from ownkey.people.entrance_views import passwords_only, reset_from_key, sign_in
from ownkey.people.second_factors import views as factor_views

urlpatterns = [
    path("sign-in/", sign_in, name="account_login"),
    path("sign-in/code/", factor_views.ask_code, name="mfa_authenticate"),
    path("sign-in/passkey/", factor_views.sign_in_with_passkey, name="mfa_login_webauthn"),
    path("sign-out/", views.logout, name="account_logout"),
    path("suspended/", views.account_inactive, name="account_inactive"),
    path("confirm-password/", views.reauthenticate, name="account_reauthenticate"),
    path("confirm-code/", factor_views.confirm_with_code, name="mfa_reauthenticate"),
    path("confirm-passkey/", factor_views.confirm_with_passkey, name="mfa_reauthenticate_webauthn"),
    path("profile/password/", passwords_only(views.password_change), name="account_change_password"),
    path("profile/security/", factor_views.overview, name="mfa_index"),
    path("profile/security/app/add/", factor_views.add_app, name="mfa_activate_totp"),
    path("profile/security/app/remove/", factor_views.remove_app, name="mfa_deactivate_totp"),
    path("profile/security/codes/", factor_views.show_recovery_codes, name="mfa_view_recovery_codes"),
    path("profile/security/codes/new/", factor_views.make_recovery_codes, name="mfa_generate_recovery_codes"),
    path("profile/security/passkeys/add/", factor_views.add_passkey, name="mfa_add_webauthn"),
    path("profile/security/passkeys/<int:pk>/", factor_views.rename_passkey, name="mfa_edit_webauthn"),
    path(
        "profile/security/passkeys/<int:pk>/remove/", factor_views.remove_passkey, name="mfa_remove_webauthn"
    ),
    path("password-reset/", passwords_only(views.password_reset), name="account_reset_password"),
    path("password-reset/sent/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password-reset/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password-reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        passwords_only(reset_from_key),
        name="account_reset_password_from_key",
    ),
]
