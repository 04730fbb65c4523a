"""Mail settings are read as the mail library reads them: what would fail later is a mistake at the start."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from django.core.mail import EmailMessage

from ownkey.environment.reading import EnvironmentMistakesError, read_environment
from ownkey.environment.values import MailSecurity, MailSettings
from ownkey.mail.handing_over import refuse_unmailable

SIGN_IN = {"OWNKEY_MAIL_USER": "ownkey", "OWNKEY_MAIL_PASSWORD": "geheïm"}


def mail(host: str = "mail.acme.example", **variables: str) -> MailSettings:
    return read_environment({"OWNKEY_MAIL_HOST": host, **variables}).mail


def mistakes(**variables: str) -> tuple[str, ...]:
    with pytest.raises(EnvironmentMistakesError) as refused:
        read_environment({"OWNKEY_MAIL_HOST": "mail.acme.example", **variables})
    return refused.value.mistakes


@pytest.mark.parametrize(
    "sender",
    [
        "ownkey@acme.example",
        "Ownkey <ownkey@acme.example>",
        '"Ownkey, Acme" <ownkey@acme.example>',
        "Acme Inc. <ownkey@acme.example>",
        "O'Neil & Søn <ownkey@acme.example>",
        "Ownkey bei Müller <ownkey@müller.example>",
        "鍵 <ownkey@acme.example>",
        "<ownkey@acme.example>",
        "ownkey@localhost",
        "Ownkey <ownkey@[192.0.2.1]>",
        "Ownkey (Acme) <ownkey@acme.example>",
    ],
)
def test_a_sender_that_is_taken_can_be_mailed_from(sender: str) -> None:
    taken = mail(OWNKEY_MAIL_FROM=sender).sender
    message = EmailMessage(subject="x", body="x", from_email=taken, to=["ada@acme.example"])
    refuse_unmailable(message)
    found = message_from_bytes(message.message().as_bytes(), policy=default)["From"].addresses
    assert [one.username for one in found] == ["ownkey"]


@pytest.mark.parametrize(
    ("sender", "says"),
    [
        ("Keys, Acme <keys@acme.example>", "double quotes"),
        ("Keys: Acme <keys@acme.example>", "double quotes"),
        ("Acme [IT] <keys@acme.example>", "double quotes"),
        ("Keys @ Acme <keys@acme.example>", "double quotes"),
        ("a@acme.example, b@acme.example", "one e-mail address"),
        ("a@acme.example; b@acme.example", "one e-mail address"),
        ("Team: a@acme.example;", "one e-mail address"),
        ("Keys", "one e-mail address"),
        ("keys@", "one e-mail address"),
        ("@keys.example", "one e-mail address"),
        ("Keys <>", "one e-mail address"),
        ("Keys <keys@acme.example", "one e-mail address"),
        ("keys@acme..example", "one e-mail address"),
        ("keys@-acme.example", "one e-mail address"),
        ("Keys keys@acme.example", "one e-mail address"),
        ('"Keys <keys@acme.example>', "double quotes"),
        ("Keys <keys@acme.example>\nBcc: eve@acme.example", "one e-mail address"),
        ("Keys\udcff <keys@acme.example>", "one e-mail address"),
        (f"{'x' * 255}@acme.example", "one e-mail address"),
        ("jörg@acme.example", "outside ASCII before the @"),
        ("Jörg <jörg@acme.example>", "outside ASCII before the @"),
    ],
)
def test_a_sender_that_could_not_be_mailed_from_is_a_mistake(sender: str, says: str) -> None:
    (mistake,) = mistakes(OWNKEY_MAIL_FROM=sender)
    assert mistake.startswith("OWNKEY_MAIL_FROM")
    assert says in mistake
    assert sender not in mistake


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("mail.acme.example", "mail.acme.example"),
        ("MAIL.Acme.Example.", "mail.acme.example"),
        ("smtp_relay", "smtp_relay"),
        ("müller.example", "xn--mller-kva.example"),
        ("192.0.2.25", "192.0.2.25"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_host_is_a_name_or_an_ip_address(host: str, found: str) -> None:
    assert mail(host).host == found


@pytest.mark.parametrize(
    "host",
    [
        "smtp://mail.acme.example",
        "https://mail.acme.example/",
        "mail.acme.example:587",
        "[2001:db8::1]:587",
        "ownkey:hunter2@mail.acme.example",
        "mail.acme.example/inbox",
        "mail one",
        "a.example,b.example",
        "mail..acme.example",
        "-mail.example",
        "1.2.3",
        "straße.example",
        "x" * 64 + ".example",
        "mail\udcff.example",
    ],
)
def test_a_host_with_more_or_less_than_a_name_is_a_mistake(host: str) -> None:
    (mistake,) = mistakes(OWNKEY_MAIL_HOST=host)
    assert mistake.startswith("OWNKEY_MAIL_HOST")
    assert "hunter2" not in mistake


@pytest.mark.parametrize(
    ("variables", "security", "port"),
    [
        ({}, MailSecurity.STARTTLS, 587),
        ({"OWNKEY_MAIL_PORT": "465"}, MailSecurity.TLS, 465),
        ({"OWNKEY_MAIL_PORT": "25"}, MailSecurity.STARTTLS, 25),
        ({"OWNKEY_MAIL_SECURITY": "tls"}, MailSecurity.TLS, 465),
        ({"OWNKEY_MAIL_SECURITY": "TLS", "OWNKEY_MAIL_PORT": "1465"}, MailSecurity.TLS, 1465),
        ({"OWNKEY_MAIL_SECURITY": "starttls", "OWNKEY_MAIL_PORT": "465"}, MailSecurity.STARTTLS, 465),
        ({"OWNKEY_MAIL_SECURITY": "none"}, MailSecurity.NONE, 587),
    ],
)
def test_port_and_security_follow_from_each_other_where_one_is_left_out(
    variables: dict[str, str], security: MailSecurity, port: int
) -> None:
    found = mail(**variables)
    assert (found.security, found.port) == (security, port)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "587/tcp", "٥٨٧", "5" * 5000, "587.0"])
def test_a_port_that_nobody_listens_on_is_a_mistake(port: str) -> None:
    assert mistakes(OWNKEY_MAIL_PORT=port) == ("OWNKEY_MAIL_PORT must be a whole number from 1 to 65535.",)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"OWNKEY_MAIL_USER": "ownkey"}, "OWNKEY_MAIL_PASSWORD"),
        ({"OWNKEY_MAIL_PASSWORD": "geheïm"}, "OWNKEY_MAIL_USER"),
        ({**SIGN_IN, "OWNKEY_MAIL_PASSWORD": "two\nlines"}, "OWNKEY_MAIL_PASSWORD"),
        ({**SIGN_IN, "OWNKEY_MAIL_PASSWORD": "nul\0inside"}, "OWNKEY_MAIL_PASSWORD"),
        ({**SIGN_IN, "OWNKEY_MAIL_PASSWORD": "no text \udcff"}, "OWNKEY_MAIL_PASSWORD"),
        ({**SIGN_IN, "OWNKEY_MAIL_USER": "own\tkey"}, "OWNKEY_MAIL_USER"),
    ],
)
def test_a_sign_in_that_cannot_be_sent_is_a_mistake(variables: dict[str, str], named: str) -> None:
    (mistake,) = mistakes(**variables)
    assert mistake.startswith(named)
    assert not any(value in mistake for name, value in variables.items() if "PASSWORD" in name)


@pytest.mark.parametrize(
    "written",
    [
        b"geheim \xc3\xaf",
        b"\xef\xbb\xbfgeheim \xc3\xaf\r\n",
        "geheim ï\n".encode("utf-16"),
        b"geheim \xc3\xaf\n\x00",
        "\u00a0geheim ï\u200b\n".encode(),
        "geheim ï\u2028".encode(),
    ],
    ids=["plain", "mark", "utf-16", "nul", "unseen", "separator"],
)
def test_a_password_file_may_hold_what_editors_add(tmp_path: Path, written: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(written)
    found = mail(OWNKEY_MAIL_USER="ownkey", OWNKEY_MAIL_PASSWORD_FILE=str(file)).password
    assert found is not None
    assert found.reveal() == "geheim ï"


@pytest.mark.parametrize("written", [b"\xef\xbb\xbf\r\n", b"\x00\x00", b"a\x00b", b"\xff\xfe\x00", b"\xe9"])
def test_a_password_file_without_a_password_is_a_mistake(tmp_path: Path, written: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(written)
    (mistake,) = mistakes(OWNKEY_MAIL_USER="ownkey", OWNKEY_MAIL_PASSWORD_FILE=str(file))
    assert "OWNKEY_MAIL_PASSWORD" in mistake


@pytest.mark.parametrize("endless", ["/dev/zero", "/dev/urandom", "a megabyte"])
def test_a_file_that_is_no_secrets_is_not_read_to_its_end(tmp_path: Path, endless: str) -> None:
    file = Path(endless)
    if not file.is_absolute():
        file = tmp_path / "large"
        file.write_bytes(b"x" * 1024 * 1024)
    (mistake,) = mistakes(OWNKEY_MAIL_USER="ownkey", OWNKEY_MAIL_PASSWORD_FILE=str(file))
    assert mistake.startswith("The file that OWNKEY_MAIL_PASSWORD_FILE names is larger than any secret.")


def test_all_mistakes_are_told_at_once() -> None:
    found = mistakes(
        OWNKEY_MAIL_HOST="smtp://x",
        OWNKEY_MAIL_FROM="Ownkey",
        OWNKEY_MAIL_PORT="0",
        OWNKEY_MAIL_USER="ownkey",
    )
    assert len(found) == 4
