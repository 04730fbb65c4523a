"""Which certificates Ownkey trusts where it connects to a server: the same rules on every Python.

A server is trusted whose certificate is for the name that was asked for, is valid today, and is signed by an
authority in the system's list or in the one that `SSL_CERT_FILE` or `SSL_CERT_DIR` names in its place.

Python 3.13 by its own default also refuses certificates that leave out what RFC 5280 asks for
(`VERIFY_X509_STRICT`). Many an organisation's own authority does, and an upgrade of Python would cut off
everybody behind it; an operator has named it, so it is trusted here. A certificate in the list is trusted by
itself, whoever signed it (`VERIFY_X509_PARTIAL_CHAIN`): an intermediate authority needs no root there.
"""

import ssl
from functools import cache
from typing import Any


def trusting_context(authorities_pem: str | None = None) -> ssl.SSLContext:
    """Return a client's context that verifies certificates and names.

    Args:
        authorities_pem: The trusted authorities, in place of the system's.
    """
    return _with_our_rules(ssl.create_default_context(cadata=authorities_pem))


@cache
def http_context() -> ssl.SSLContext:
    """Return the process's context for HTTPS with the system's authorities, which are read once."""
    context = trusting_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def trust_alike(adapter: Any) -> None:  # noqa: ANN401 of requests, which only other libraries import
    """Let an adapter of requests follow the same rules; its session says which authorities it trusts."""
    adapter.init_poolmanager(10, 10, ssl_context=_with_our_rules(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))


def _with_our_rules(context: ssl.SSLContext) -> ssl.SSLContext:
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
