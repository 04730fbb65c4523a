"""What every page's frame needs."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from ownkey.connections import queries
from ownkey.environment.process import current_environment
from ownkey.people.oidc import single_sign_on


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the demo ribbon's switch and, for a signed-in person, the credentials that need them."""
    user = getattr(request, "user", None)
    context: dict[str, Any] = {
        "is_demo": current_environment().is_demo,
        "passwords_are_on": not single_sign_on.is_only_way(),
        "accounts_needing": (),
        "main_accounts_needing": (),
    }
    if user is not None and user.is_authenticated:
        context["accounts_needing"] = SimpleLazyObject(lambda: list(queries.accounts_needing(user)))
        if user.is_administrator:
            context["main_accounts_needing"] = SimpleLazyObject(lambda: list(queries.main_accounts_needing()))
    return context
