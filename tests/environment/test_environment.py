"""The environment is read as a whole: every mistake is told at once, by name and never by value."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.environment.reading import EnvironmentMistakesError, read_environment
from ownkey.environment.values import (
    Environment,
    HttpClient,
    Listener,
    LogFormat,
    LogLevel,
    Logs,
    MailSecurity,
    WorkerPlace,
)

LONG_KEY = "k" * 40


def _mistakes(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(EnvironmentMistakesError) as refused:
        read_environment(environ)
    return refused.value.mistakes


def test_an_empty_environment_is_enough() -> None:
    environment = read_environment({})
    assert environment.home == Path("~/.local/share/ownkey").expanduser()
    assert environment.database_file == environment.home / "ownkey.sqlite3"
    assert environment.base_url == "http://127.0.0.1:8000"
    assert environment.atlassian_api_url == "https://api.atlassian.com"
    assert environment.trusted_sites == frozenset()
    assert environment.secret_key is None
    assert not environment.mail.host


def test_everything_can_be_given(tmp_path: Path) -> None:
    environment = read_environment(
        {
            "OWNKEY_HOME": str(tmp_path),
            "OWNKEY_DATABASE_URL": "sqlite:////srv/ownkey/data.sqlite3",
            "OWNKEY_BASE_URL": "https://Ownkey.Acme.example/",
            "OWNKEY_SECRET_KEY": LONG_KEY,
            "OWNKEY_ATLASSIAN_API_URL": "http://127.0.0.1:9000",
            "OWNKEY_ATLASSIAN_ID_URL": "http://[::1]:9000",
            "OWNKEY_TRUSTED_SITES": "http://127.0.0.1:9000, https://jira.acme.example",
            "OWNKEY_TRUSTED_PROXIES": "1",
            "OWNKEY_MAIL_HOST": "mail.acme.example",
            "OWNKEY_MAIL_PORT": "465",
            "OWNKEY_MAIL_SECURITY": "tls",
            "OWNKEY_MAIL_FROM": "ownkey@acme.example",
            "OWNKEY_DEMO": "1",
        }
    )
    assert environment.database_file == Path("/srv/ownkey/data.sqlite3")
    assert environment.base_url == "https://ownkey.acme.example"
    assert environment.is_https
    assert environment.atlassian_id_url == "http://[::1]:9000"
    assert environment.trusted_sites == {"http://127.0.0.1:9000", "https://jira.acme.example"}
    assert environment.trusted_proxies == 1
    assert environment.mail.security is MailSecurity.TLS
    assert environment.is_demo


@pytest.mark.parametrize("name", ["OWNKEY_SECRET_KEY", "OWNKEY_MAIL_PASSWORD", "OWNKEY_DATABASE_URL"])
def test_a_secret_may_come_from_a_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / "secret"
    file.write_text("sqlite:////a/" + LONG_KEY + "\n")
    assert isinstance(read_environment({f"{name}_FILE": str(file)}), Environment)


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"OWNKEY_HOME": "relative/path"}, "OWNKEY_HOME"),
        ({"OWNKEY_DATABASE_URL": "postgres://u:p4ss@host/db"}, "later release"),
        ({"OWNKEY_DATABASE_URL": "mysql://u:p4ss@host/db"}, "sqlite:////"),
        ({"OWNKEY_DATABASE_URL": "sqlite:///relative.db"}, "sqlite:////"),
        ({"OWNKEY_CACHE_URL": "redis://:p4ss@host"}, "later release"),
        ({"OWNKEY_BASE_URL": "ownkey.acme.example"}, "OWNKEY_BASE_URL"),
        ({"OWNKEY_BASE_URL": "https://acme.example/ownkey"}, "OWNKEY_BASE_URL"),
        ({"OWNKEY_BASE_URL": "https://user:p4ss@acme.example"}, "OWNKEY_BASE_URL"),
        ({"OWNKEY_BASE_URL": "https://acme.example:99999"}, "OWNKEY_BASE_URL"),
        ({"OWNKEY_ATLASSIAN_API_URL": "ftp://api.atlassian.com"}, "OWNKEY_ATLASSIAN_API_URL"),
        ({"OWNKEY_TRUSTED_SITES": "https://a.example,p4ss"}, "OWNKEY_TRUSTED_SITES"),
        ({"OWNKEY_TRUSTED_PROXIES": "-1"}, "OWNKEY_TRUSTED_PROXIES"),
        ({"OWNKEY_SECRET_KEY": "p4ss"}, "at least 32"),
        ({"OWNKEY_SECRET_KEY": LONG_KEY, "OWNKEY_SECRET_KEY_FILE": "/nowhere"}, "not both"),
        ({"OWNKEY_SECRET_KEY_FILE": "/nowhere/p4ss"}, "OWNKEY_SECRET_KEY_FILE"),
        ({"OWNKEY_MAIL_PORT": "p4ss"}, "OWNKEY_MAIL_PORT"),
        ({"OWNKEY_MAIL_SECURITY": "p4ss"}, "starttls, tls or none"),
        ({"OWNKEY_MAIL_FROM": "p4ss"}, "OWNKEY_MAIL_FROM"),
        ({"OWNKEY_DEMO": "p4ss"}, "OWNKEY_DEMO"),
    ],
)
def test_a_mistake_is_named_without_its_value(environ: dict[str, str], word: str) -> None:
    (mistake,) = _mistakes(environ)
    assert word in mistake
    assert "p4ss" not in mistake


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"OWNKEY_BASE_URL": "https://acme.example/ownkey"}, "takes no path"),
        ({"OWNKEY_BASE_URL": "https://acme.example/?a=b"}, "takes no path"),
        ({"OWNKEY_BASE_URL": "acme.example:8000"}, "must begin with https://"),
        ({"OWNKEY_BASE_URL": "https://own_key.acme.example"}, "a host that browsers take"),
        ({"OWNKEY_BASE_URL": "http://127.1:8000"}, "a host that browsers take"),
        ({"OWNKEY_GATEWAY_URL": "https://-ownkey.acme.example"}, "a host that browsers take"),
        ({"OWNKEY_TRUSTED_SITES": "https://*.acme.example"}, "takes no wildcard"),
        ({"OWNKEY_TRUSTED_SITES": "https://jira.acme.example/jira"}, "without a path"),
        ({"OWNKEY_TRUSTED_SITES": "jira.acme.example"}, "begin with https://"),
        ({"OWNKEY_TRUSTED_SITES": "https://a:b@jira.acme.example"}, "without a user name"),
        ({"OWNKEY_TRUSTED_SITES": "https://a.example https://b.example"}, "comma-separated"),
        ({"OWNKEY_ATLASSIAN_API_URL": "https://*.atlassian.com"}, "takes no wildcard"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(environ: dict[str, str], words: str) -> None:
    mistakes = _mistakes(environ)
    assert any(words in mistake for mistake in mistakes), mistakes
    assert not any("acme" in mistake for mistake in mistakes)


@pytest.mark.parametrize(
    ("given_url", "url"),
    [
        ("http://müller.example:8000", "http://xn--mller-kva.example:8000"),
        ("https://MÜLLER.example", "https://xn--mller-kva.example"),
        ("https://xn--mller-kva.example", "https://xn--mller-kva.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://ownkey.acme.example.", "https://ownkey.acme.example"),
        ("https://ownkey.acme.example:443/", "https://ownkey.acme.example"),
        ("http://ownkey.acme.example:80", "http://ownkey.acme.example"),
        ("http://[2001:DB8:0::1]:8000", "http://[2001:db8::1]:8000"),
    ],
)
def test_an_address_is_spelt_as_browsers_send_it(given_url: str, url: str) -> None:
    assert read_environment({"OWNKEY_BASE_URL": given_url}).base_url == url


def test_a_machine_beside_ownkey_may_have_a_name_that_no_browser_takes() -> None:
    assert read_environment({"OWNKEY_TRUSTED_SITES": "http://jira_dc:8080"}).trusted_sites == {
        "http://jira_dc:8080"
    }


def test_a_relative_place_for_data_is_ignored_as_the_standard_says() -> None:
    usual = read_environment({}).home
    assert read_environment({"XDG_DATA_HOME": "rel"}).home == usual
    assert read_environment({"XDG_DATA_HOME": "/srv/data"}).home == Path("/srv/data/ownkey")


@pytest.mark.parametrize("home", [None, "", "relative/home"])
def test_a_user_without_a_home_is_asked_for_one(home: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_number: int) -> None:
        raise KeyError("no such user")

    monkeypatch.setattr("pwd.getpwuid", unknown)
    if home is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", home)
    (mistake,) = _mistakes({})
    assert "OWNKEY_HOME must be set" in mistake
    assert read_environment({"OWNKEY_HOME": "/srv/ownkey"}).home == Path("/srv/ownkey")
    assert len(_mistakes({"OWNKEY_HOME": "~nobody-of-this-name/ownkey"})) == 1


def test_mistakes_are_told_together() -> None:
    mistakes = _mistakes(
        {
            "OWNKEY_BASE_URL": "nonsense",
            "OWNKEY_DEMO": "perhaps",
            "OWNKEY_MAIL_PORT": "many",
            "OWNKEY_HOME": "x",
        }
    )
    assert len(mistakes) == 4


def test_tools_reach_the_gateway_where_people_reach_the_pages_unless_told() -> None:
    environment = read_environment({"OWNKEY_BASE_URL": "https://ownkey.acme.example"})
    assert environment.gateway_url == environment.base_url
    assert environment.account_host == "jira.ownkey.acme.example"
    assert environment.status_address is None
    elsewhere = read_environment({"OWNKEY_GATEWAY_URL": "https://gw.acme.example:8443"})
    assert (elsewhere.gateway_url, elsewhere.account_host) == (
        "https://gw.acme.example:8443",
        "jira.gw.acme.example",
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_an_address_of_numbers_has_no_hosts_below_it(host: str) -> None:
    assert read_environment({"OWNKEY_BASE_URL": f"http://{host}:8000"}).account_host is None


@pytest.mark.parametrize(
    ("given_address", "host", "port"), [("127.0.0.1:9090", "127.0.0.1", 9090), ("[::1]:9090", "::1", 9090)]
)
def test_the_status_has_an_address_and_a_port(given_address: str, host: str, port: int) -> None:
    found = read_environment({"OWNKEY_STATUS_ADDRESS": given_address}).status_address
    assert found == Listener(host, port)


@pytest.mark.parametrize(
    "wrong", ["9090", "host", "http://host:9090", "host:0", "host:99999", "::1:9090", "h:1/x"]
)
def test_a_status_address_that_is_none_is_a_mistake(wrong: str) -> None:
    (mistake,) = _mistakes({"OWNKEY_STATUS_ADDRESS": wrong})
    assert "OWNKEY_STATUS_ADDRESS" in mistake


def test_the_gateways_client_is_one_of_two() -> None:
    assert read_environment({}).gateway_client is HttpClient.AIOHTTP
    assert read_environment({"OWNKEY_GATEWAY_CLIENT": "pyreqwest"}).gateway_client is HttpClient.PYREQWEST
    (mistake,) = _mistakes({"OWNKEY_GATEWAY_CLIENT": "curl"})
    assert "OWNKEY_GATEWAY_CLIENT" in mistake


def test_the_schedule_runs_in_serve_or_apart() -> None:
    assert read_environment({}).worker is WorkerPlace.IN_PROCESS
    assert read_environment({"OWNKEY_WORKER": "separate"}).worker is WorkerPlace.SEPARATE
    (mistake,) = _mistakes({"OWNKEY_WORKER": "elsewhere"})
    assert "OWNKEY_WORKER" in mistake
    assert "elsewhere" not in mistake


def test_the_log_tells_more_or_less_in_words_or_json() -> None:
    assert read_environment({}).logs == Logs(LogLevel.INFO, LogFormat.AUTO)
    chosen = read_environment({"OWNKEY_LOG_LEVEL": "Debug", "OWNKEY_LOG_FORMAT": "json"}).logs
    assert chosen == Logs(LogLevel.DEBUG, LogFormat.JSON)
    assert len(_mistakes({"OWNKEY_LOG_LEVEL": "loud", "OWNKEY_LOG_FORMAT": "xml"})) == 2


@given(
    st.dictionaries(st.sampled_from(["OWNKEY_BASE_URL", "OWNKEY_TRUSTED_SITES", "OWNKEY_DEMO"]), st.text())
)
def test_whatever_is_given_is_either_read_or_refused_with_sentences(environ: dict[str, str]) -> None:
    try:
        environment = read_environment(environ)
    except EnvironmentMistakesError as refused:
        sentences = refused.mistakes
    else:
        assert environment.base_url.startswith(("http://", "https://"))
        assert not environment.base_url.endswith("/")
        return
    assert all(sentence.startswith("OWNKEY_") for sentence in sentences)


def test_showing_the_environment_shows_no_secret() -> None:
    environment = read_environment({"OWNKEY_SECRET_KEY": LONG_KEY, "OWNKEY_MAIL_PASSWORD": "p4ss" * 5})
    assert LONG_KEY not in repr(environment)
    assert "p4ss" not in repr(environment)


@pytest.mark.parametrize(
    ("api_url", "trusted", "is_taken"),
    [
        ("https://api.example.com", "", True),
        ("http://127.0.0.1:8100", "", True),
        ("http://[::1]:8100", "", True),
        ("http://atlassian.example:8100", "http://atlassian.example:8100", True),
        ("http://atlassian.example:8100", "", False),
    ],
)
def test_tokens_are_sent_over_an_open_line_only_where_that_is_trusted(
    api_url: str,
    trusted: str,
    is_taken: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    given = {"OWNKEY_ATLASSIAN_API_URL": api_url, "OWNKEY_TRUSTED_SITES": trusted}
    if is_taken:
        assert read_environment(given).atlassian_api_url == api_url
        return
    with pytest.raises(EnvironmentMistakesError, match="OWNKEY_ATLASSIAN_API_URL must be") as refusal:
        read_environment(given)
    assert "example" not in str(refusal.value)


@pytest.mark.parametrize("name", ["OWNKEY_GATEWAY_URL", "OWNKEY_ACCOUNT_URL"])
@pytest.mark.parametrize(
    ("base_url", "address", "is_taken"),
    [
        ("https://ownkey.example", "https://tools.example:8443", True),
        ("https://ownkey.example", "http://127.0.0.1:8002", True),
        ("https://ownkey.example", "http://tools.example", False),
        ("https://ownkey.example", "http://127.0.0.1.example", False),
        ("https://ownkey.example", "tools.example", False),
        ("https://ownkey.example", "https://tools.example/jira/acme", False),
        ("http://ownkey.example", "http://tools.example", True),
    ],
)
def test_client_keys_are_sent_over_https_where_people_s_passwords_are(
    name: str, base_url: str, address: str, *, is_taken: bool
) -> None:
    given = {"OWNKEY_BASE_URL": base_url, name: address}
    if is_taken:
        environment = read_environment(given)
        assert address in {environment.gateway_url, environment.account_url}
    else:
        (mistake,) = _mistakes(given)
        assert name in mistake
