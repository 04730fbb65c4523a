"""What every page's frame needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from ownkey.connections import queries


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the demo ribbon's switch and, for a signed-in person, the ALM accounts that need them."""
    user = getattr(request, "user", None)
    context: dict[str, Any] = {"is_demo": settings.OWNKEY.is_demo, "accounts_needing": ()}
    if user is not None and user.is_authenticated:
        context["accounts_needing"] = SimpleLazyObject(lambda: list(queries.accounts_needing(user)))
    return context
