"""An authority that lives for a day, and its certificate for 127.0.0.1."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Authority:
    """What signs certificates, itself signed by another or by itself.

    Attributes:
        certificate: Its own.
        key: What it signs with.
        is_by_the_book: Whether it writes what RFC 5280 asks for; many an organisation's own does not.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    is_by_the_book: bool

    @property
    def pem(self) -> bytes:
        """Its certificate, to trust it by."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def make_authority(
    name: str, *, signed_by: Authority | None = None, is_by_the_book: bool = True
) -> Authority:
    """Return a new authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _begun(name, key.public_key(), signed_by, is_by_the_book=is_by_the_book).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    if is_by_the_book:
        certificate = certificate.add_extension(_SIGNS, critical=True)
    signing = signed_by.key if signed_by else key
    return Authority(certificate.sign(signing, hashes.SHA256()), key, is_by_the_book)


def write_certificate(place: Path, authority: Authority | None = None, *, ends_in_days: int = 1) -> Path:
    """Write `key.pem` and `certificate.pem` for a server into a folder; return the file to trust it by.

    Args:
        place: The folder.
        authority: Who signs it; a new one by default.
        ends_in_days: When it ends; before today, it has ended.
    """
    authority = authority or make_authority("Benchmark authority")
    key = ec.generate_private_key(ec.SECP256R1())
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    server = (
        _begun(
            "127.0.0.1",
            key.public_key(),
            authority,
            is_by_the_book=authority.is_by_the_book,
            ends_in_days=ends_in_days,
        )
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    (place / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (place / "certificate.pem").write_bytes(server.public_bytes(serialization.Encoding.PEM))
    trusted = place / "authority.pem"
    trusted.write_bytes(authority.pem)
    return trusted


def _begun(
    name: str,
    key: ec.EllipticCurvePublicKey,
    signed_by: Authority | None,
    *,
    is_by_the_book: bool,
    ends_in_days: int = 1,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begun = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signed_by.certificate.subject if signed_by else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=ends_in_days))
    )
    if not is_by_the_book:
        return begun
    signer = signed_by.key.public_key() if signed_by else key
    return begun.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False
    )
