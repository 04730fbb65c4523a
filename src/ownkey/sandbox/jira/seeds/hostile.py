"""A project whose texts, names and files attack whoever shows them; it is added on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.jira.entities import Board, Project, RemoteLink, Sprint
from ownkey.sandbox.jira.seeds.adf import Node, document, mark, marked, node, paragraph, text
from ownkey.sandbox.jira.seeds.builder import ADA, BO, Builder, Plan
from ownkey.sandbox.jira.seeds.documents import rich
from ownkey.sandbox.jira.seeds.files import add_file, picture

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.jira.entities import Issue
    from ownkey.sandbox.jira.world import World

PROJECT, BOARD, SPRINT = "10900", 90, 91
SCRIPT = "<script>window.attacked = true</script>"
IMAGE = '"><img src=x onerror="window.attacked = true">'
DEEPEST = 400
ADDRESSES = (
    "javascript:window.attacked=true", "JaVaScRiPt:window.attacked=true", "java\tscript:window.attacked=true",
    "\x01javascript:window.attacked=true", "data:text/html,<script>window.attacked=true</script>",
    "vbscript:msgbox(1)", "//elsewhere.example/", 'https://elsewhere.example/?a=b&c="><b>',
    "https://user:password@elsewhere.example/", "file:///etc/passwd", "https://[::1", "",
)  # fmt: skip
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="window.attacked = true"><script>window.attacked = true</script></svg>'
_HTML = b"<!doctype html><title>x</title><script>window.attacked = true</script>"
FILES: tuple[tuple[str, bytes], ...] = (
    ("picture.svg", _SVG),
    ("page.html", _HTML),
    ("page.xhtml", _HTML),
    ("../../../etc/passwd", b"root"),
    (f"{IMAGE}.png", picture(2, 2)),
    ("invoice\u202efdp.exe", b"MZ"),
    ("not-a-picture.png", _HTML),
    ("a\r\nSet-Cookie: attacked=1.txt", b"x"),
    ('quote"; filename="other.html', b"x"),
    ("x" * 240 + ".txt", b"x"),
    ("CON", b"x"),
    (" ", b"x"),
    ("ünï\u0000cødé\u200b.txt", b"x"),
    ("empty.txt", b""),
)
SUMMARIES = (
    SCRIPT, IMAGE, "{{7*7}}${7*7}#{7*7}<%= 7*7 %>", "\u202eright to left\u202c and back", "a\u0000b\u0007c\u200bd",
    "W" * 255, '=HYPERLINK("https://elsewhere.example","open")', "' OR 1=1 --", "&lt;b&gt; &amp;amp; &#x3c;",
    "e\u0301" + "\u0301" * 60 + " Zalgo", "javascript:window.attacked=true", "]]></script><!--",
)  # fmt: skip


def add_hostile(world: World, now: datetime) -> None:
    """Add the project EVIL, open to everybody; once it is there, nothing happens."""
    if PROJECT in world.projects:
        return
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    world.projects[PROJECT] = Project(PROJECT, "EVIL", f"Evil {IMAGE}", BO, SCRIPT)
    world.boards[BOARD] = Board(BOARD, f"Board {IMAGE}", PROJECT)
    world.sprints[SPRINT] = Sprint(
        SPRINT, BOARD, f"Sprint {SCRIPT}", "active", IMAGE, "not a date", "9999-99-99"
    )
    builder = Builder(world, world.projects[PROJECT], day, 19_000)
    documents = [_attacks(), _addresses(), _shapes(), _deep()]
    for place, summary in enumerate(SUMMARIES):
        description = rich(documents[place]) if place < len(documents) else None
        plan = Plan("Story", summary, "In Progress", BO, ADA, sprints=(SPRINT,), age_days=3, moved_days=1)
        plan.points, plan.labels = 1e15 if place == 0 else None, (IMAGE, "a,b", "\u202e")
        plan.description = description
        issue = builder.add(plan)
        if place < len(documents):
            builder.comment(issue.key, BO, rich(documents[place]), days_ago=0.5)
    _add_files(world, builder.made["EVIL-1"], day)


def _add_files(world: World, issue: Issue, day: datetime) -> None:
    for place, (name, content) in enumerate(FILES):
        add_file(world, issue, str(19_500 + place), name, content, BO, day)
    for place, address in enumerate(ADDRESSES):
        number = str(19_700 + place)
        world.remote_links[number] = RemoteLink(number, issue.id, address, IMAGE, SCRIPT, IMAGE, IMAGE)


def _attacks() -> Node:
    """Return a document that has markup wherever a text can stand."""
    return document(
        node("heading", SCRIPT, level="1 onclick=alert(1)"),
        paragraph(SCRIPT, node("mention", id=IMAGE, text=IMAGE), node("emoji", shortName=IMAGE, text=SCRIPT)),
        paragraph(
            node("status", text=IMAGE, color='red" style="position:fixed'), node("date", timestamp=IMAGE)
        ),
        paragraph(text(IMAGE, mark("textColor", color="red;background:url(https://elsewhere.example/)"))),
        paragraph(text("x", mark("backgroundColor", color="expression(alert(1))"))),
        marked(paragraph("x"), mark("alignment", align='center" onmouseover="alert(1)')),
        node("codeBlock", "</code></pre>" + SCRIPT, language=IMAGE),
        node(
            "panel", paragraph("x"), panelType=IMAGE, panelColor="url(javascript:alert(1))", panelIcon=IMAGE
        ),
        node("expand", paragraph("x"), title=IMAGE),
        node(
            "table",
            node("tableRow", node("tableCell", paragraph(IMAGE), background=IMAGE, colspan="999999999")),
        ),
        node(
            "mediaSingle",
            node("media", type="external", url="javascript:alert(1)", alt=IMAGE),
            layout=IMAGE,
            width=IMAGE,
        ),
        node("mediaGroup", node("media", type="file", id=IMAGE, collection=IMAGE)),
        node("extension", extensionType=IMAGE, extensionKey=SCRIPT, parameters={"html": SCRIPT}, text=IMAGE),
        node("script", "window.attacked = true"),
        node("orderedList", node("listItem", paragraph("x")), order=-(10**30)),
    )


def _addresses() -> Node:
    """Return a document with links and cards to what no link may lead to."""
    links = [paragraph(text(address or "nowhere", mark("link", href=address))) for address in ADDRESSES]
    cards = [paragraph(node("inlineCard", url=address)) for address in ADDRESSES]
    blocks = [node(kind, url=address) for kind in ("blockCard", "embedCard") for address in ADDRESSES]
    return document(*links, *cards, *blocks)


def _shapes() -> Node:
    """Return a document whose nodes are not of the shapes that Atlassian's have."""
    return document(
        {"type": "paragraph", "content": "a text, not a list"},
        {"type": "paragraph", "content": [None, 7, "a text", [], {"text": "no type"}]},
        {
            "type": "paragraph",
            "content": [{"type": "text"}, {"type": "text", "text": 7}, {"type": "text", "text": ""}],
        },
        {"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": "strong"}]},
        {"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": [None, {}, {"type": 7}]}]},
        {"type": "heading", "attrs": {"level": 10**30}, "content": [{"type": "text", "text": "huge"}]},
        {"type": "heading", "attrs": [], "content": [{"type": "text", "text": "no level"}]},
        {"type": "taskList", "content": [{"type": "taskItem", "attrs": {"state": 7}}]},
        {"type": "table", "content": [{"type": "tableRow"}, {"type": "paragraph"}]},
        {"type": ["paragraph"], "content": []},
        {"type": "nothingThatIsKnown", "content": [{"type": "text", "text": "kept"}]},
    )


def _deep() -> Node:
    """Return a document that is nested deeper than anybody reads."""
    inner: Node = paragraph("at the bottom")
    for _ in range(DEEPEST // 2):
        inner = node("bulletList", node("listItem", inner))
    return document(inner, paragraph("after the depth"))
