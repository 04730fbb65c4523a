"""Fields that show again what was typed, unless it looks like a secret."""

from typing import Any

from django import forms

from ownkey.atlassian.secret_shapes import looks_like_secret
from ownkey.people.names import problem_with


class NameInput(forms.TextInput):
    """A field for text; a token that was pasted into it is not put back into the page."""

    def format_value(self, value: Any) -> str | None:  # noqa: ANN401 Django's own signature
        """Return what the field shows."""
        shown = super().format_value(value)
        return None if shown is None or looks_like_secret(shown) else shown


class LoginInput(forms.EmailInput):
    """A field for an e-mail address; a password or token typed there is not put back into the page."""

    def format_value(self, value: Any) -> str | None:  # noqa: ANN401 Django's own signature
        """Return what the field shows: nothing without an @, which may be a password."""
        shown = super().format_value(value)
        return None if shown is None or "@" not in shown or looks_like_secret(shown) else shown


class AddressInput(LoginInput):
    """A field for an e-mail address that Ownkey judges: a browser's own words would not say what to do."""

    input_type = "text"


def refuse_unfit_name(name: str) -> None:
    """Refuse what is no name, as a validator of a field.

    Raises:
        ValidationError: with a sentence that does not repeat it.
    """
    if problem := problem_with(name):
        raise forms.ValidationError(problem)
