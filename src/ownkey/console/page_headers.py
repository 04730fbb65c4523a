"""Header fields of every page that Django has no setting for."""

from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

FIELDS: Final = {
    # What a page says about people and keys is not left in a browser's or a proxy's store.
    "Cache-Control": "no-store, private",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class PageHeadersMiddleware(MiddlewareMixin):
    """Puts the fields on each answer, unless a view has said otherwise; static files pass before it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:  # noqa: ARG002 Django names it
        """Return the answer with the fields."""
        for name, value in FIELDS.items():
            response.headers.setdefault(name, value)
        return response
