"""Ownkey's answers to what allauth asks about second factors."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from ownkey.people.models import User
from ownkey.people.second_factors.sealing import open_factor, seal_factor

INCORRECT = "That was not accepted. Type the newest code, or one of your recovery codes."
QUIET_ZONE = 4


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are sealed, codes are drawn without a style sheet, and the words are Ownkey's."""

    error_messages = {  # noqa: RUF012 allauth's own shape
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": INCORRECT,
    }

    def encrypt(self, text: str) -> str:
        """Seal what a factor is checked with."""
        return seal_factor(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what a factor is checked with."""
        return open_factor(encrypted_text)

    def get_totp_issuer(self) -> str:
        """Return what authenticator apps show beside the e-mail."""
        return f"Ownkey ({self._get_site_name()})"

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code as an element of the page: a picture from elsewhere is not let in."""
        return draw_qr_code(url)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 allauth names it
        """Return the name that a new passkey has until its owner chooses one."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return "Passkey" if count == 0 else f"Passkey {count + 1}"


def draw_qr_code(text: str) -> SafeString:
    """Return a QR code as SVG: dark on white in either theme, with the quiet zone that readers need."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    rows = code.get_matrix()
    dark = ((x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return format_html(
        '<svg class="qr-code" role="img" aria-label="QR code" viewBox="0 0 {0} {0}" '
        'shape-rendering="crispEdges">'
        '<rect width="{0}" height="{0}" fill="#fff"/><path d="{1}" fill="#000"/></svg>',
        len(rows),
        "".join(f"M{x} {y}h1v1h-1z" for x, y in dark),
    )
