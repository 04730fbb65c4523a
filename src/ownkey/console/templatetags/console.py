"""The template tags of the design system."""

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.inclusion_tag("console/parts/field.html")
def field(bound: BoundField, *, help_text: str = "") -> dict[str, Any]:
    """Return one form field with its label, help and errors, tied together for screen readers."""
    if help_text:
        bound.help_text = help_text
    return {"field": bound, "is_checkbox": isinstance(bound.field.widget, CheckboxInput)}


@register.inclusion_tag("console/parts/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:  # noqa: ANN401 any form will do
    """Return the errors that belong to no single field."""
    return {"form": form}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a decorative icon of the sprite; the words beside it carry the meaning."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("console/icons.svg"),
        name,
    )


@register.simple_tag
def badge(state: str, words: str) -> SafeString:
    """Return a state as a badge: a colour and a mark for the eye, words for everybody."""
    return format_html('<span class="badge" data-state="{}">{}</span>', state, words)


@register.simple_tag(takes_context=True)
def profile_menu_state(context: dict[str, Any]) -> SafeString:
    """Return `open` when the page is one of the profile menu's."""
    request = context.get("request")
    path = request.path if request else ""
    pages = ("connections:credential_list", "account_change_password", "mfa_index", "people:sessions")
    is_open = path == reverse("people:details") or any(path.startswith(reverse(page)) for page in pages)
    return SafeString("open" if is_open else "")


@register.simple_tag(takes_context=True)
def current(context: dict[str, Any], address: str, *, exact: bool = False) -> SafeString:
    """Return `aria-current="page"` when the page is at `address`, or below it unless `exact`."""
    request = context.get("request")
    path = request.path if request else ""
    here = path == address if exact else path.startswith(address)
    return SafeString('aria-current="page"' if here else "")
