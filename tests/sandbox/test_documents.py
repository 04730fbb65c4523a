"""Documents of every kind are there to be shown, and hostile ones, on request, to be shown without harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ownkey.sandbox.jira.seeds.hostile import ADDRESSES, DEEPEST, FILES, SUMMARIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.conftest import Client, Jira


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# All nodes and marks that Atlassian's format has, but for the text itself and the document.
NODES = words("""
    paragraph heading bulletList orderedList listItem taskList taskItem blockTaskItem decisionList
    decisionItem table tableRow tableHeader tableCell panel expand nestedExpand codeBlock
    mediaSingle mediaGroup media caption mediaInline mention emoji date status placeholder
    inlineCard blockCard embedCard hardBreak rule blockquote layoutSection layoutColumn extension
    inlineExtension bodiedExtension multiBodiedExtension extensionFrame syncBlock bodiedSyncBlock
""")
MARKS = words("""
    strong em underline strike code link subsup textColor backgroundColor annotation alignment indentation
    border breakout fragment dataConsumer
""")


def parts(node: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """Return all nodes of a document, and all marks."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part[name] for name in ("content", "marks") if name in part)
        elif isinstance(part, list):
            waiting.extend(part)


def description(jira: Jira, key: str) -> Any:  # noqa: ANN401 - any JSON
    return jira.get(f"/rest/api/3/issue/{key}")["fields"]["description"]


def test_one_description_and_one_comment_have_every_node_and_every_mark(ada: Jira) -> None:
    comment = ada.get("/rest/api/3/issue/CREW-8/comment")["comments"][0]["body"]
    for document in (description(ada, "CREW-8"), comment):
        kinds = {part["type"] for part in parts(document)}
        assert kinds >= NODES | MARKS
        assert kinds - NODES - MARKS == {"doc", "text"}


def test_a_document_is_also_html_on_request(ada: Jira) -> None:
    issue = ada.get(
        "/rest/api/3/issue/CREW-8?expand=renderedFields,names&fields=description,summary,created,comment"
    )
    rendered = issue["renderedFields"]
    assert "<strong>bold</strong>" in rendered["description"]
    assert rendered["comment"]["comments"][0]["body"] == rendered["description"]
    assert rendered["summary"] is None
    assert rendered["created"] != issue["fields"]["created"]
    assert issue["names"]["description"] == "Description"
    (comment,) = ada.get("/rest/api/3/issue/CREW-8/comment?expand=renderedBody")["comments"]
    assert comment["renderedBody"] == rendered["description"]


def test_pictures_can_be_looked_at_and_have_thumbnails(ada: Jira) -> None:
    files = {item["filename"]: item for item in ada.get("/rest/api/3/issue/TOUR-11")["fields"]["attachment"]}
    picture, table = files["stage-plan.png"], files["lamps.csv"]
    assert (picture["mimeType"], table["mimeType"]) == ("image/png", "text/csv")
    assert "thumbnail" not in table
    led = ada.call("GET", f"/rest/api/3/attachment/thumbnail/{picture['id']}")
    assert led.status == 303
    assert "/file/" in str(led.header("location"))
    inline = ada.call("GET", f"/rest/api/3/attachment/thumbnail/{picture['id']}?redirect=false")
    assert inline.body.startswith(b"\x89PNG")
    ada.refused("GET", f"/rest/api/3/attachment/thumbnail/{table['id']}", status=404)


def test_links_to_pages_elsewhere(ada: Jira) -> None:
    (link,) = ada.get("/rest/api/3/issue/TOUR-11/remotelink")
    assert (link["object"]["title"], link["application"]["name"]) == (
        "How each hall wants its lights",
        "Halls",
    )
    assert ada.get(f"/rest/api/3/issue/TOUR-11/remotelink/{link['id']}") == link
    ada.refused("GET", f"/rest/api/3/issue/TOUR-12/remotelink/{link['id']}", status=404)


def test_nothing_hostile_is_there_unless_it_is_asked_for(ada: Jira) -> None:
    ada.refused("GET", "/rest/api/3/project/EVIL", status=404)
    for _ in range(2):
        assert ada.client.control("POST", "hostile") == {"project": "EVIL"}
    assert ada.get("/rest/agile/1.0/board/90/issue")["total"] == len(SUMMARIES)


def test_hostile_names_texts_links_and_files_come_as_they_are(ada: Jira) -> None:
    ada.client.control("POST", "hostile")
    summaries = {
        ada.get(f"/rest/api/3/issue/EVIL-{n}")["fields"]["summary"] for n in range(1, len(SUMMARIES) + 1)
    }
    assert summaries == set(SUMMARIES)
    fields = ada.get("/rest/api/3/issue/EVIL-1")["fields"]
    assert [item["filename"] for item in fields["attachment"]] == [name for name, _ in FILES]
    kinds = {item["filename"]: item["mimeType"] for item in fields["attachment"]}
    assert (kinds["picture.svg"], kinds["page.html"]) == ("image/svg+xml", "text/html")
    assert [link["object"]["url"] for link in ada.get("/rest/api/3/issue/EVIL-1/remotelink")] == list(
        ADDRESSES
    )
    hrefs = {
        part["attrs"]["href"] for part in parts(description(ada, "EVIL-2")) if part.get("type") == "link"
    }
    assert hrefs == set(ADDRESSES)
    depth, part = 0, description(ada, "EVIL-4")
    while "content" in part:
        depth, part = depth + 1, part["content"][0]
    assert depth > DEEPEST
    assert "<script>" in str(description(ada, "EVIL-1"))


def test_each_hostile_file_can_be_downloaded(ada: Jira) -> None:
    ada.client.control("POST", "hostile")
    for item, (_, content) in zip(
        ada.get("/rest/api/3/issue/EVIL-1")["fields"]["attachment"], FILES, strict=True
    ):
        led = ada.call("GET", item["content"].removeprefix("http://sandbox.test:8000"))
        place = str(led.header("location")).removeprefix("http://sandbox.test:8000")
        got = ada.client.call("GET", place)
        assert got.body == content
        assert str(got.header("content-disposition")).isprintable()


def test_the_sandboxs_own_pages_withstand_what_is_hostile(client: Client) -> None:
    client.control("POST", "hostile")
    client.post("/login", {"email": "ada@acme.example", "continue": "/jira"})
    for page in (
        "/jira",
        "/jira/projects/EVIL",
        *(f"/browse/EVIL-{n}" for n in range(1, len(SUMMARIES) + 1)),
    ):
        answer = client.get(page)
        assert answer.status == 200, page
        assert "<script>window" not in answer.text
        assert "<img src=x" not in answer.text
        assert 'href="javascript' not in answer.text.lower()


def test_hostile_documents_are_kept_and_rendered(ada: Jira) -> None:
    ada.client.control("POST", "hostile")
    for number in range(1, 5):
        issue = ada.get(f"/rest/api/3/issue/EVIL-{number}?expand=renderedFields")
        assert "<script" not in issue["renderedFields"]["description"]
        assert ada.get(f"/rest/api/2/issue/EVIL-{number}")["fields"]["description"] is not None
