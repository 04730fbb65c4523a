"""The addresses of *ALM Credentials* and *ALM Accounts*; included at the root."""

from django.urls import path

from ownkey.connections.views import accounts, credentials

app_name = "connections"

urlpatterns = [
    path("profile/alm-credentials/", credentials.credential_list, name="credential_list"),
    path("profile/alm-credentials/<slug:slug>/edit/", credentials.credential_edit, name="credential_edit"),
    path("profile/alm-credentials/<slug:slug>/test/", credentials.credential_test, name="credential_test"),
    path(
        "profile/alm-credentials/<slug:slug>/disconnect/",
        credentials.credential_disconnect,
        name="credential_disconnect",
    ),
    path("settings/alm-accounts/", accounts.account_list, name="account_list"),
    path("settings/alm-accounts/add/", accounts.account_add, name="account_add"),
    path("settings/alm-accounts/add/test/", accounts.account_add_test, name="account_add_test"),
    path("settings/alm-accounts/find/", accounts.site_find, name="site_find"),
    path("settings/alm-accounts/guide/", accounts.guide, name="guide"),
    path("settings/alm-accounts/<slug:slug>/edit/", accounts.account_edit, name="account_edit"),
    path("settings/alm-accounts/<slug:slug>/test/", accounts.account_test, name="account_test"),
    path("settings/alm-accounts/<slug:slug>/delete/", accounts.account_delete, name="account_delete"),
    path(
        "settings/alm-accounts/<slug:slug>/people/<int:user_id>/disconnect/",
        accounts.person_disconnect,
        name="person_disconnect",
    ),
]
