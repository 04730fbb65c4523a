"""Where only a proxy leads out, or opens TLS, what is said names the variable and not a wrong spelling."""

import pytest

from ownkey.atlassian.tenant import MESSAGES
from ownkey.atlassian.verdicts import SENTENCES, Reason
from ownkey.atlassian.wire import NoAnswerCause
from ownkey.console.doctor.addresses import OFFLINE, step_for
from ownkey.environment.surroundings import PROXIES, unused_proxy


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_that_is_set_and_not_used_is_named_without_its_address(name: str) -> None:
    said = unused_proxy({name: "http://user:s3cret@proxy.acme.example:3128"})
    assert said.startswith(f"{name} is set, and Ownkey does not use it")
    assert "acme" not in said
    assert "s3cret" not in said


@pytest.mark.parametrize("environ", [{}, {"HTTPS_PROXY": ""}, {"NO_PROXY": "*"}])
def test_no_proxy_is_not_spoken_of(environ: dict[str, str]) -> None:
    assert unused_proxy(environ) == ""


def test_the_doctor_names_the_proxy_before_dns_and_the_authority_before_the_firewall(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    assert step_for(NoAnswerCause.NAME_UNKNOWN, OFFLINE) == OFFLINE
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert step_for(NoAnswerCause.NAME_UNKNOWN, OFFLINE).startswith("https_proxy is set")
    assert "SSL_CERT_FILE" in step_for(NoAnswerCause.TLS, OFFLINE)


def test_a_certificate_that_is_not_trusted_names_what_helps() -> None:
    assert "SSL_CERT_FILE" in MESSAGES["site_tls"]
    assert "SSL_CERT_FILE" in SENTENCES[Reason.UNTRUSTED_CERTIFICATE]
