"""The addresses of *Client keys*; included at the root."""

from django.urls import path

from ownkey.connections.views import client_keys

app_name = "client_keys"

urlpatterns = [
    path("profile/client-keys/", client_keys.key_list, name="list"),
    path("profile/client-keys/new/", client_keys.key_choose, name="choose"),
    path("profile/client-keys/new/<slug:slug>/", client_keys.key_new, name="new"),
    path("profile/client-keys/<slug:key_id>/", client_keys.key_page, name="key"),
    path("profile/client-keys/<slug:key_id>/revoke/", client_keys.key_revoke, name="revoke"),
]
