"""A document in which every node and every mark of Atlassian's format occurs, as people would use them."""

from __future__ import annotations

from ownkey.sandbox.jira.issue.text import RichText, read_text
from ownkey.sandbox.jira.seeds.adf import Node, document, mark, marked, node, paragraph, text

_BO = "712020:b0d1dd1e-0000-4000-8000-000000000002"
_OPEN = "todo".upper()
_GUIDE = "https://crew.example/guide"
_FILE = {"id": "6e7c7f2c-0000-4000-8000-000000000001", "collection": "", "type": "file"}


def every_kind() -> RichText:
    """Return the document."""
    return rich(
        document(
            *_texts(), *_lists(), *_boxes(), *_tables(), *_pictures(), *_cards(), *_extensions(), *_layouts()
        )
    )


def rich(made: Node) -> RichText:
    """Return a document as the text of an issue or a comment."""
    return read_text(made, "3")


def _texts() -> list[Node]:
    heads = [node("heading", f"Heading {level}", level=level) for level in range(1, 7)]
    marks = paragraph(
        text("bold", "strong"), ", ", text("slanted", "em"), ", ", text("underlined", "underline"), ", ",
        text("struck", "strike"), ", ", text("code", "code"), ", ",
        text("bold, slanted and struck", "strong", "em", "strike"), ", ",
        text("red", mark("textColor", color="#ff5630")), ", ",
        text("on yellow", mark("backgroundColor", color="#fedec8")), ", ",
        text("a link", mark("link", href=_GUIDE, title="The guide")), ", H", text("2", mark("subsup", type="sub")),
        "O, m", text("2", mark("subsup", type="sup")), ", ",
        text("annotated", mark("annotation", id="a1", annotationType="inlineComment")), ".",
    )  # fmt: skip
    words = paragraph(
        "Ask ", node("mention", id=_BO, text="@Bo Diddley", accessLevel=""), " ",
        node("emoji", shortName=":wave:", id="1f44b", text="👋"), " by ", node("date", timestamp="1798675200000"),
        node("hardBreak"), "It is ", node("status", text="on its way", color="blue", localId="s1", style=""),
        ", see ", node("inlineCard", url=f"{_GUIDE}/1"), " or ", node("placeholder", text="say where"), ".",
    )  # fmt: skip
    centred = marked(paragraph("In the middle."), mark("alignment", align="center"))
    indented = marked(paragraph("A step in."), mark("indentation", level=2))
    return [
        *heads,
        marks,
        words,
        centred,
        indented,
        node("blockquote", paragraph("Never two nights in a row.")),
        node("rule"),
    ]


def _lists() -> list[Node]:
    deeper = node("bulletList", node("listItem", paragraph("and deeper")))
    return [
        node("bulletList", node("listItem", paragraph("One")), node("listItem", paragraph("Two"), deeper)),
        node(
            "orderedList",
            node("listItem", paragraph("Third")),
            node("listItem", paragraph("Fourth")),
            order=3,
        ),
        node(
            "taskList",
            node("taskItem", "Ask the crew", localId="t1", state="DONE"),
            node("taskItem", "Write it down", localId="t2", state=_OPEN),
            node("blockTaskItem", paragraph("With a paragraph"), localId="t3", state=_OPEN),
            localId="tl",
        ),
        node(
            "decisionList",
            node("decisionItem", "We use local time", localId="d1", state="DECIDED"),
            localId="dl",
        ),
    ]


def _boxes() -> list[Node]:
    kinds = ("info", "note", "tip", "success", "warning", "error")
    panels = [node("panel", paragraph(f"A panel: {kind}"), panelType=kind) for kind in kinds]
    own = node(
        "panel", paragraph("A panel of its own"), panelType="custom", panelIcon=":bulb:", panelIconText="💡",
        panelColor="#e6fcff",
    )  # fmt: skip
    code = node(
        "codeBlock", "def shift(hours: int) -> str:\n    return f'<b>{hours}</b>'\n", language="python"
    )
    return [
        *panels,
        own,
        marked(code, mark("breakout", mode="wide", width=760)),
        node("codeBlock", "no language"),
        node(
            "expand",
            paragraph("Here it is."),
            node("bulletList", node("listItem", paragraph("All of it"))),
            title="More",
        ),
    ]


def _tables() -> list[Node]:
    head = node(
        "tableRow",
        node("tableHeader", paragraph("Night")),
        node("tableHeader", paragraph("Hours"), colwidth=[120]),
    )
    body = node(
        "tableRow",
        node("tableCell", paragraph("Friday"), background="#fffae6"),
        node(
            "tableCell",
            paragraph("8"),
            node("nestedExpand", paragraph("Two of them paid double."), title="Why"),
        ),
    )
    wide = node("tableRow", node("tableCell", paragraph("Both nights"), colspan=2, rowspan=1))
    return [
        node("table", head, body, wide, isNumberColumnEnabled=True, layout="default", width=760, localId="tb")
    ]


def _pictures() -> list[Node]:
    held = node("media", **_FILE, alt="stage-plan.png", width=320, height=200)
    bordered = marked(held, mark("border", size=2, color="#091e4224"))
    linked = marked(
        node("media", type="external", url=f"{_GUIDE}/plan.png", alt="The plan"), mark("link", href=_GUIDE)
    )
    return [
        node("mediaSingle", bordered, node("caption", "The stage from above"), layout="center", width=50),
        node("mediaSingle", linked, layout="align-start"),
        node("mediaGroup", node("media", **_FILE), node("media", **_FILE)),
        paragraph("In a line: ", node("mediaInline", **_FILE, alt="lamps.csv")),
    ]


def _cards() -> list[Node]:
    return [
        node("blockCard", url=f"{_GUIDE}/2"),
        node("embedCard", url=f"{_GUIDE}/film", layout="center", width=80),
        paragraph(node("inlineCard", data={"@type": "Document", "name": "A card with data", "url": _GUIDE})),
    ]


def _extensions() -> list[Node]:
    given = {
        "extensionType": "com.atlassian.macro",
        "extensionKey": "toc",
        "parameters": {},
        "layout": "default",
    }
    many = node("extensionFrame", paragraph("In a frame"))
    return [
        marked(
            node("extension", **given, text="A table of contents"),
            mark("fragment", localId="f1", name="Part"),
        ),
        node("bodiedExtension", paragraph("In an extension"), **given),
        node("multiBodiedExtension", many, **given),
        paragraph("Here: ", node("inlineExtension", **given, text="a macro")),
        node("syncBlock", resourceId="r1", localId="y1"),
        node(
            "bodiedSyncBlock", paragraph("In a block that is kept elsewhere"), resourceId="r2", localId="y2"
        ),
        marked(node("extension", **given), mark("dataConsumer", sources=["tb"])),
    ]


def _layouts() -> list[Node]:
    left = node("layoutColumn", paragraph("On the left"), width=50)
    right = node("layoutColumn", paragraph("On the right"), width=50)
    return [node("layoutSection", left, right)]
