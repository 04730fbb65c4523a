"""Exchanging links in Jira's answers, beside replacing bytes wherever they stand, people's text included."""

import json
import time
from collections.abc import Callable, Iterator

from bench.figure import Figure
from ownkey.gateway.link_places import ORDINARY
from ownkey.gateway.links import LinkTable

API = "https://api.atlassian.com/ex/jira/7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"
SITE, PUBLIC = "https://acme.atlassian.net", "https://ownkey.example/jira/acme"
PIECE = 16 * 1024


def figures() -> Iterator[Figure]:
    """Yield microseconds a document, of two sizes, whole and in pieces."""
    links = LinkTable(api_base=API, site_url=SITE, public_base=PUBLIC).in_answers(ORDINARY)
    pairs = [
        (f"{API}/".encode(), f"{PUBLIC}/".encode()),
        (f"{SITE}/rest/".encode(), f"{PUBLIC}/rest/".encode()),
    ]
    one = json.dumps(issue(1, custom_fields=0), separators=(",", ":")).encode()
    page = json.dumps(
        {"issues": [issue(n, custom_fields=40) for n in range(17)]}, separators=(",", ":")
    ).encode()
    without = page.replace(b"atlassian", b"somewhere")

    def replace(document: bytes) -> bytes:
        for old, new in pairs:
            document = document.replace(old, new)
        return document

    def stream(document: bytes) -> None:
        pieces = links.stream()
        for start in range(0, len(document), PIECE):
            pieces.feed(document[start : start + PIECE])
        pieces.finish()

    for document in (one, page):
        size = f"{len(document) / 1000:.1f} KB"
        beside = ("bytes.replace", microseconds(replace, document))
        yield Figure(f"links, {size}", microseconds(links.rewrite, document), "µs", None, beside)
        yield Figure(f"links, {size} in pieces", microseconds(stream, document), "µs", None, beside)
    yield Figure("links, 100 KB without any", microseconds(links.rewrite, without), "µs")


def microseconds(act: Callable[[bytes], object], document: bytes) -> float:
    """Return how long one document takes, the best of seven rounds."""
    times = max(2_000_000 // len(document), 20)
    best = float("inf")
    for _ in range(7):
        begin = time.process_time()
        for _ in range(times):
            act(document)
        best = min(best, (time.process_time() - begin) / times)
    return best * 1e6


def issue(number: int, *, custom_fields: int) -> dict[str, object]:
    """Return an issue much as Jira writes it."""
    text = "As a person I want to see what is planned, so that I can say what is missing. "
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text * 2}]}
    fields = {
        "summary": "Main order flow broken",
        "issuetype": {
            "self": f"{API}/rest/api/3/issuetype/10001",
            "iconUrl": f"{API}/rest/api/2/universal_avatar/1",
        },
        "status": {
            "self": f"{API}/rest/api/3/status/3",
            "iconUrl": f"{SITE}/images/icons/status.png",
            "statusCategory": {"self": f"{API}/rest/api/3/statuscategory/2", "name": "To Do"},
        },
        "assignee": _user(2),
        "reporter": _user(3),
        "description": {"type": "doc", "version": 1, "content": [paragraph] * (1 + custom_fields // 10)},
        "votes": {"self": f"{API}/rest/api/3/issue/ED-{number}/votes", "votes": 0},
        "labels": ["one", "two"],
    }
    fields |= {
        f"customfield_{10_000 + n}": None
        if n % 5
        else {"self": f"{API}/rest/api/3/customFieldOption/{n}", "value": "High", "id": str(n)}
        for n in range(custom_fields)
    }
    return {
        "id": str(number),
        "self": f"{API}/rest/api/3/issue/{number}",
        "key": f"ED-{number}",
        "fields": fields,
    }


def _user(number: int) -> dict[str, object]:
    picture = "https://avatar.example/initials.png?size=48"
    return {
        "self": f"{API}/rest/api/3/user?accountId=5b10a2844c20165700ede2{number}",
        "displayName": "Mia Krystof",
        "avatarUrls": dict.fromkeys(("48x48", "24x24", "16x16", "32x32"), picture),
        "active": True,
        "timeZone": "Australia/Sydney",
    }
