"""What a person pastes leads to their own Jira or to a sentence, and never to another host."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.atlassian.sites import MESSAGES, Addresses, Site, SiteError, parse_cloud_id, parse_site

ATLASSIAN = Addresses()
WITH_TRUSTED = Addresses(
    api_url="http://127.0.0.1:9000",
    trusted_sites=frozenset({"http://127.0.0.1:9000", "https://jira.acme.example/", "http://[::1]:81"}),
)
CLOUD_ID = "7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"


@pytest.mark.parametrize(
    "text",
    [
        "acme",
        " acme\n",
        "ACME",
        "acme.atlassian.net",
        "acme.atlassian.net.",
        "Acme.Atlassian.Net/",
        "//acme.atlassian.net",
        "https://acme.atlassian.net",
        "HTTPS://acme.atlassian.net:443/",
        "https://acme.atlassian.net/jira/software/projects/X/boards/1?x=y#z",
        "acme.atlassian.net/browse/X-1?next=https://evil.example//",
        "<https://acme.atlassian.net>",
    ],
)
def test_what_people_paste_is_their_site(text: str) -> None:
    assert parse_site(text, addresses=ATLASSIAN) == Site("https://acme.atlassian.net")


def test_a_name_of_several_parts_is_kept() -> None:
    assert parse_site("a.b-1.atlassian.net", addresses=ATLASSIAN).origin == "https://a.b-1.atlassian.net"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "site_blank"),
        (" \n", "site_blank"),
        ("a" * 3000, "site_too_long"),
        ("ada@acme.example", "site_email"),
        ("mailto:ada@acme.example", "site_email"),
        ("https://ada@acme.atlassian.net", "site_user_info"),
        ("https://acme.atlassian.net@evil.example", "site_user_info"),
        ("https://acme.atlassian.net:pass@evil.example/", "site_user_info"),
        ("http://acme.atlassian.net", "site_not_https"),
        ("ftp://acme.atlassian.net", "site_malformed"),
        ("javascript:alert(1)", "site_malformed"),
        ("file:///etc/passwd", "site_malformed"),
        ("https://", "site_malformed"),
        ("https:///x", "site_malformed"),
        ("https://acme.atlassian.net\\@evil.example", "site_malformed"),
        ("https://acme.atlassian.net\tx", "site_malformed"),
        ("https://ac me.atlassian.net", "site_malformed"),
        ("https://acme\u200b.atlassian.net", "site_malformed"),
        ("https://acme%2eatlassian.net", "site_malformed"),
        ("https://acme..atlassian.net", "site_malformed"),
        ("https://-acme.atlassian.net", "site_malformed"),
        ("https://ac_me.atlassian.net", "site_malformed"),
        ("https://" + "a" * 64 + ".atlassian.net", "site_malformed"),
        ("https://acme.atlassian.net:8443", "site_port"),
        ("acme:8443", "site_port"),
        ("https://acme.atlassian.net:x", "site_malformed"),
        ("127.0.0.1", "site_ip_address"),
        ("https://10.0.0.1/", "site_ip_address"),
        ("https://127.1/", "site_ip_address"),
        ("2130706433", "site_ip_address"),
        ("https://0x7f000001/", "site_ip_address"),
        ("https://0x7f.1/", "site_ip_address"),
        ("https://[::1]/", "site_ip_address"),
        ("https://[::ffff:7f00:1]:443/", "site_ip_address"),
        ("https://169.254.169.254/latest/meta-data", "site_ip_address"),
        ("localhost", "site_local"),
        ("https://localhost:8000", "site_local"),
        ("https://acme.localhost", "site_local"),
        ("https://metadata.google.internal", "site_local"),
        ("https://аcme.atlassian.net", "site_not_ascii"),  # noqa: RUF001 — the first letter is Cyrillic
        ("https://acme。atlassian。net", "site_not_ascii"),
        ("https://xn--cme-7cd.atlassian.net", "site_not_ascii"),
        ("https://ⓐcme.atlassian.net", "site_not_ascii"),
        ("atlassian.net", "site_name_missing"),
        ("https://id.atlassian.com/manage-profile/security/api-tokens", "site_atlassian_page"),
        (f"https://admin.atlassian.com/s/{CLOUD_ID}/users", "site_atlassian_page"),
        ("https://acme.atlassian.net.evil.example", "site_look_alike"),
        ("https://acme-atlassian.net", "site_look_alike"),
        ("https://acmeatlassian.net", "site_look_alike"),
        ("https://jira.acme.example", "site_other_host"),
        ("https://acme.jira.com", "site_other_host"),
    ],
)
def test_each_mistake_has_its_own_sentence(text: str, code: str) -> None:
    with pytest.raises(SiteError) as refusal:
        parse_site(text, addresses=ATLASSIAN)
    assert refusal.value.code == code
    assert refusal.value.message.startswith(MESSAGES[code])
    assert str(refusal.value) == refusal.value.message


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]))
    | st.from_regex(r"(https?:)?[/@:a.\\]*atlassian\.net.*")
)
def test_whatever_is_pasted_no_other_host_is_found(text: str) -> None:
    try:
        site = parse_site(text, addresses=ATLASSIAN)
    except SiteError:
        return
    assert site.origin.startswith("https://")
    assert site.origin.endswith(".atlassian.net")
    assert site.context_path == ""
    assert ATLASSIAN.may_dial(site.origin + "/")
    assert set(site.origin.removeprefix("https://")) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://127.0.0.1:9000/jira/software/projects/X", "http://127.0.0.1:9000"),
        ("127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://[::1]:81/", "http://[::1]:81"),
        ("https://jira.acme.example:443", "https://jira.acme.example"),
        ("jira.acme.example", "https://jira.acme.example"),
        ("acme", "https://acme.atlassian.net"),
    ],
)
def test_an_operator_may_trust_other_sites(text: str, origin: str) -> None:
    assert parse_site(text, addresses=WITH_TRUSTED) == Site(origin)


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:9001", "https://127.0.0.1:9000", "http://jira.acme.example", "http://127.0.0.1"],
)
def test_trust_is_in_one_origin_alone(text: str) -> None:
    with pytest.raises(SiteError):
        parse_site(text, addresses=WITH_TRUSTED)


@pytest.mark.parametrize(
    ("text", "context_path"),
    [
        ("https://jira.acme.example", ""),
        ("https://jira.acme.example/", ""),
        ("https://jira.acme.example/jira", "/jira"),
        ("https://jira.acme.example/jira/", "/jira"),
        ("https://jira.acme.example/jira/secure/Dashboard.jspa?x=1", "/jira"),
        ("https://jira.acme.example/browse/X-1", ""),
        ("https://jira.acme.example/tools/jira/browse/X-1", "/tools/jira"),
    ],
)
def test_a_data_center_may_live_under_a_path(text: str, context_path: str) -> None:
    site = parse_site(text, addresses=WITH_TRUSTED, data_center=True)
    assert site == Site("https://jira.acme.example", context_path)
    assert site.url == "https://jira.acme.example" + context_path


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://jira.bob.example", "site_data_center_untrusted"),
        ("https://acme.atlassian.net", "site_is_cloud"),
        ("https://jira.acme.example/../x", "site_malformed"),
        ("https://jira.acme.example/%2e%2e/x", "site_malformed"),
    ],
)
def test_a_data_center_that_no_operator_named_is_refused(text: str, code: str) -> None:
    with pytest.raises(SiteError) as refusal:
        parse_site(text, addresses=WITH_TRUSTED, data_center=True)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        CLOUD_ID,
        f"  {CLOUD_ID.upper()}\n",
        f'{{"cloudId":"{CLOUD_ID}"}}',
        f"https://admin.atlassian.com/s/{CLOUD_ID}/users",
        f"https://api.atlassian.com/ex/jira/{CLOUD_ID}",
    ],
)
def test_a_cloud_id_is_found_in_what_people_paste(text: str) -> None:
    assert parse_cloud_id(text) == CLOUD_ID


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "cloud_id_blank"),
        ("acme", "cloud_id_malformed"),
        (CLOUD_ID[:-1], "cloud_id_malformed"),
        (CLOUD_ID + "0", "cloud_id_malformed"),
        (f"{CLOUD_ID} 00000000-0000-0000-0000-000000000000", "cloud_id_malformed"),
    ],
)
def test_what_is_no_cloud_id_is_refused(text: str, code: str) -> None:
    with pytest.raises(SiteError) as refusal:
        parse_cloud_id(text)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://api.atlassian.com/ex/jira/x", True),
        ("https://acme.atlassian.net/rest", True),
        ("http://acme.atlassian.net/rest", False),
        ("http://api.atlassian.com/", False),
        ("https://acme.atlassian.net:8443/", False),
        ("https://auth.atlassian.com/", False),
        ("https://evil.example/", False),
        ("http://127.0.0.1/", False),
        ("https://localhost/", False),
    ],
)
def test_only_atlassian_is_dialled(url: str, may: bool) -> None:  # noqa: FBT001 — a table's column
    assert ATLASSIAN.may_dial(url) is may


@pytest.mark.parametrize(
    ("api_url", "may"),
    [
        ("http://127.0.0.1:9000", True),
        ("http://[::1]:9000", True),
        ("http://localhost:9000", True),
        ("https://proxy.acme.example", True),
        ("http://proxy.acme.example", False),
    ],
)
def test_the_gateway_is_https_or_loopback(api_url: str, may: bool) -> None:  # noqa: FBT001 — a table's column
    assert Addresses(api_url=api_url).may_dial(f"{api_url}/ex/jira/x") is may


def test_only_a_chosen_host_may_be_private() -> None:
    assert WITH_TRUSTED.may_be_private("jira.acme.example", 443)
    assert WITH_TRUSTED.may_be_private("127.0.0.1", 9000)
    assert not WITH_TRUSTED.may_be_private("jira.acme.example", 8443)
    assert not WITH_TRUSTED.may_be_private("acme.atlassian.net", 443)
    assert not ATLASSIAN.may_be_private("api.atlassian.com", 443)


@pytest.mark.parametrize(
    "text",
    [
        "https://acme.atlassian.net\u200b",
        "\ufeffhttps://acme.atlassian.net",
        "“https://acme.atlassian.net”",
        "«acme.atlassian.net»",
        "\u00a0acme.atlassian.net/\u2060",
        '"https://acme.atlassian.net",',
        "https://acme.atlassian.net;",
        "\u00adacme.atlassian.net",
    ],
)
def test_what_is_pasted_around_an_address_unseen_is_taken_away(text: str) -> None:
    assert parse_site(text, addresses=Addresses()).url == "https://acme.atlassian.net"


def test_what_cannot_be_seen_and_stays_is_named_by_its_code_point() -> None:
    with pytest.raises(SiteError, match=r"U\+200B"):
        parse_site("https://ac\u200bme.atlassian.net", addresses=Addresses())


@pytest.mark.parametrize("suffix", ["atlassian-us-gov-mod.net", "atlassian-us-gov.net"])
def test_the_government_cloud_is_called_what_it_is(suffix: str) -> None:
    with pytest.raises(SiteError, match=r"Government Cloud.*OWNKEY_TRUSTED_SITES"):
        parse_site(f"https://acme.{suffix}", addresses=Addresses())
    with pytest.raises(SiteError, match="only looks like"):
        parse_site(f"https://acme.x{suffix}", addresses=Addresses())
