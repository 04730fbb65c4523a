"""The table of who may open which address; every address of the resolver has a row, or a test fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ownkey.connections.models import AlmAccount, ClientKey
from ownkey.people.models import Invitation, User


class May(StrEnum):
    """Who may open an address."""

    EVERYBODY = "everybody"
    PEOPLE = "people"
    OWNER = "owner"
    """A person, for what is their own: to everybody else it is not there, administrators included."""
    RECORD_READERS = "record readers"
    """Administrators, and auditors, who change nothing."""
    ADMINISTRATORS = "administrators"


WHO_MAY: Mapping[str, May] = {
    "home": May.PEOPLE,
    "ready": May.EVERYBODY,
    "healthy": May.EVERYBODY,
    "activity": May.PEOPLE,
    "activity_csv": May.PEOPLE,
    "find": May.PEOPLE,
    "workspace_settings": May.ADMINISTRATORS,
    "help": May.PEOPLE,
    "record": May.RECORD_READERS,
    "record_csv": May.RECORD_READERS,
    # Entrance
    "account_logout": May.EVERYBODY,
    "account_inactive": May.EVERYBODY,
    "account_reauthenticate": May.PEOPLE,
    "account_change_password": May.PEOPLE,
    "account_reset_password": May.EVERYBODY,
    "account_reset_password_done": May.EVERYBODY,
    "account_reset_password_from_key": May.EVERYBODY,
    "account_reset_password_from_key_done": May.EVERYBODY,
    "people:set_up": May.EVERYBODY,
    "people:accept": May.EVERYBODY,
    "account_login": May.EVERYBODY,
    "mfa_authenticate": May.EVERYBODY,
    "mfa_login_webauthn": May.EVERYBODY,
    "people:sign_in_link": May.EVERYBODY,
    "people:sign_in_by_provider": May.EVERYBODY,
    "people:provider_callback": May.EVERYBODY,
    "people:join_by_provider": May.EVERYBODY,
    "mfa_reauthenticate": May.PEOPLE,
    "mfa_reauthenticate_webauthn": May.PEOPLE,
    "people:confirm_by_provider": May.PEOPLE,
    # Profile
    "mfa_index": May.PEOPLE,
    "mfa_activate_totp": May.PEOPLE,
    "mfa_deactivate_totp": May.PEOPLE,
    "mfa_view_recovery_codes": May.PEOPLE,
    "mfa_generate_recovery_codes": May.PEOPLE,
    "mfa_add_webauthn": May.PEOPLE,
    "mfa_edit_webauthn": May.OWNER,
    "mfa_remove_webauthn": May.OWNER,
    "people:connect_provider": May.PEOPLE,
    "people:disconnect_provider": May.PEOPLE,
    "demo_mail": May.PEOPLE,
    "people:details": May.PEOPLE,
    "people:sessions": May.PEOPLE,
    "workspace:alignment": May.PEOPLE,
    "workspace:alignment_people": May.ADMINISTRATORS,
    "workspace:alignment_person": May.ADMINISTRATORS,
    "workspace:alignment_try": May.PEOPLE,
    "workspace:attachment": May.PEOPLE,
    "workspace:board": May.PEOPLE,
    "workspace:board_cards": May.PEOPLE,
    "workspace:board_list": May.PEOPLE,
    "workspace:board_rule": May.PEOPLE,
    "workspace:board_star": May.PEOPLE,
    "workspace:completion": May.PEOPLE,
    "workspace:find_issues": May.PEOPLE,
    "workspace:home": May.PEOPLE,
    "workspace:issue": May.PEOPLE,
    "workspace:operation_try": May.PEOPLE,
    "workspace:operations": May.PEOPLE,
    "workspace:preview": May.PEOPLE,
    "workspace:project_list": May.PEOPLE,
    "workspace:search": May.PEOPLE,
    "workspace:start": May.PEOPLE,
    "workspace:thumbnail": May.PEOPLE,
    "people:end_other_sessions": May.PEOPLE,
    "people:end_session": May.OWNER,
    "connections:credential_list": May.PEOPLE,
    "connections:credential_edit": May.PEOPLE,
    "connections:credential_test": May.PEOPLE,
    "connections:credential_disconnect": May.OWNER,
    "client_keys:list": May.PEOPLE,
    "client_keys:choose": May.PEOPLE,
    "client_keys:new": May.PEOPLE,
    "client_keys:key": May.OWNER,
    "client_keys:revoke": May.OWNER,
    # Settings
    "people:reset_factors": May.ADMINISTRATORS,
    "people:people": May.ADMINISTRATORS,
    "people:invite": May.ADMINISTRATORS,
    "people:invitation": May.ADMINISTRATORS,
    "people:invite_many": May.ADMINISTRATORS,
    "people:make_auditor": May.ADMINISTRATORS,
    "people:unmake_auditor": May.ADMINISTRATORS,
    "people:revoke": May.ADMINISTRATORS,
    "people:send_again": May.ADMINISTRATORS,
    "people:suspend": May.ADMINISTRATORS,
    "people:reinstate": May.ADMINISTRATORS,
    "people:make_administrator": May.ADMINISTRATORS,
    "people:unmake_administrator": May.ADMINISTRATORS,
    "connections:account_list": May.ADMINISTRATORS,
    "connections:account_add": May.ADMINISTRATORS,
    "connections:account_add_test": May.ADMINISTRATORS,
    "connections:site_find": May.ADMINISTRATORS,
    "connections:guide": May.ADMINISTRATORS,
    "connections:account_edit": May.ADMINISTRATORS,
    "connections:account_test": May.ADMINISTRATORS,
    "connections:account_delete": May.ADMINISTRATORS,
    "connections:person_disconnect": May.ADMINISTRATORS,
    "coverage:list": May.RECORD_READERS,
    "coverage:csv": May.RECORD_READERS,
    "coverage:details": May.RECORD_READERS,
    "coverage:use": May.RECORD_READERS,
    "coverage:use_csv": May.RECORD_READERS,
    "coverage:remind": May.ADMINISTRATORS,
    "coverage:remind_all": May.ADMINISTRATORS,
    "coverage:suspend": May.ADMINISTRATORS,
    "coverage:disconnect": May.ADMINISTRATORS,
    "coverage:revoke_key": May.ADMINISTRATORS,
}


DOES: Mapping[str, tuple[str, ...]] = {
    "record_csv": ("people.exports.note_export",),
    "workspace_settings": ("workspace.flows.decide_workspace",),
    "account_change_password": ("people.flows.change_password",),
    "account_reset_password": ("people.password_reset.ask_for_reset",),
    "account_reset_password_from_key": ("people.flows.change_password",),
    "people:set_up": ("people.set_up.finish_setup",),
    "people:accept": ("people.inviting.invitations.accept",),
    "people:provider_callback": ("people.oidc.single_sign_on.admit", "people.oidc.single_sign_on.connect"),
    "mfa_activate_totp": ("people.second_factors.factors.change_own_factors",),
    "mfa_deactivate_totp": ("people.second_factors.factors.change_own_factors",),
    "mfa_generate_recovery_codes": ("people.second_factors.factors.change_own_factors",),
    "mfa_add_webauthn": ("people.second_factors.factors.change_own_factors",),
    "mfa_edit_webauthn": ("people.second_factors.factors.change_own_factors",),
    "mfa_remove_webauthn": ("people.second_factors.factors.change_own_factors",),
    "people:disconnect_provider": ("people.oidc.single_sign_on.disconnect",),
    "people:details": ("people.flows.rename_user",),
    "people:end_other_sessions": ("people.flows.end_other_sessions",),
    "people:end_session": ("people.flows.end_own_session",),
    "connections:credential_edit": (
        "connections.saved_credentials.save",
        "connections.saved_credentials.change_expiry",
    ),
    "connections:credential_disconnect": ("connections.saved_credentials.disconnect",),
    "client_keys:new": ("connections.client_keys.issue_client_key",),
    "people:reset_factors": ("people.second_factors.factors.reset_factors",),
    "people:invite": ("people.inviting.invitations.make_invitation",),
    "people:invite_many": ("people.inviting.invitations.make_invitation",),
    "people:send_again": ("people.inviting.invitations.make_invitation",),
    "people:revoke": ("people.inviting.invitations.revoke",),
    "people:suspend": ("people.flows.suspend_user",),
    "people:reinstate": ("people.flows.reinstate_user",),
    "people:make_administrator": ("people.flows.make_administrator",),
    "people:unmake_administrator": ("people.flows.unmake_administrator",),
    "people:make_auditor": ("people.flows.make_auditor",),
    "people:unmake_auditor": ("people.flows.unmake_auditor",),
    "connections:account_add": ("connections.alm_accounts.save",),
    "connections:account_edit": ("connections.alm_accounts.save",),
    "connections:account_delete": ("connections.alm_accounts.delete",),
    "connections:person_disconnect": ("connections.saved_credentials.release",),
    "coverage:csv": ("people.exports.note_export",),
    "coverage:use_csv": ("people.exports.note_export",),
    "coverage:remind": ("connections.reminders.remind_now",),
    "coverage:remind_all": ("connections.reminders.remind_now",),
    "coverage:suspend": ("people.flows.suspend_user",),
    "coverage:disconnect": ("connections.saved_credentials.disconnect",),
    "coverage:revoke_key": ("connections.client_keys.revoke_client_key",),
}
"""The acts that an address leads to; whether one asks for a recent sign-in, it says itself."""


NOT_SET_UP = frozenset(
    {
        *("demo_mail", "people:confirm_by_provider", "people:connect_provider", "people:disconnect_provider"),
        *("mfa_deactivate_totp", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_add_webauthn"),
        *("mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
    }
)
"""What people may open that is not there where nobody has set it up: single sign-on, factors, the demo."""


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern of the resolver: its name with its namespaces, and the names of what it captures."""

    name: str
    captures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arguments:
    """What an address can name, by the route's last word where one word means two things."""

    values: Mapping[str, Mapping[str, object]]

    @classmethod
    def of(
        cls,
        *,
        account: AlmAccount,
        person: User,
        key: ClientKey,
        invitation: Invitation,
        browser: Client,
        passkey: Authenticator,
    ) -> Self:
        """Return what names these objects; Alice’s, all of them."""
        assert browser.session.session_key
        session = UserSession.objects.get(session_key=browser.session.session_key)
        usual: dict[str, object] = {
            "slug": account.slug,
            "user_id": person.pk,
            "key_id": key.pk,
            "secret": "made-up",
            "uidb36": "1",
            "key": "abc",
            "token": "made-up",
            "pk": person.pk,
            "board_id": 1,
            "attachment_id": 1,
        }
        own = {"end_session": session.pk, "revoke": invitation.pk, "send_again": invitation.pk}
        own |= {"invitation": invitation.pk}
        own |= {"mfa_edit_webauthn": passkey.pk, "mfa_remove_webauthn": passkey.pk}
        named = {name: usual | {"pk": pk} for name, pk in own.items()}
        return cls({"": usual, **named, "issue": usual | {"key": "ACME-1"}})

    def address_of(self, route: Route) -> str:
        """Return a route's address."""
        values = self.values.get(route.name.rpartition(":")[2], self.values[""])
        return reverse(route.name, kwargs={name: values[name] for name in route.captures})


def routes() -> list[Route]:
    """Return every pattern of the resolver."""
    return sorted(_routes(get_resolver(), ""), key=lambda route: route.name)


def _routes(resolver: URLResolver, namespace: str) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern.pattern} has no name."
            regex = pattern.pattern.regex
            yield Route(namespace + pattern.name, tuple(regex.groupindex))
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _routes(pattern, inner)


NOTHING_OF_ANYBODYS = (
    *("django_", "sqlite_", "usersessions_", "audit_"),
    # When a person last opened what is theirs.
    *("workspace_opened", "workspace_lastlook"),
    *("ownkey_cache", "people_attempts"),
)


def state() -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables but those that refusals may write: sessions, counters, record."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(NOTHING_OF_ANYBODYS):
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 its own tables' names
                found[table] = sorted(cursor.fetchall(), key=repr)
    return found
