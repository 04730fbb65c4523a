"""Files go up in a form and come down from the media host, whole or in part, however large they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.sandbox.content import IN_MEMORY, Content, Writer, zeros
from ownkey.sandbox.multipart import MultipartError, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.sandbox.conftest import Answer, Client, Clock

UPLOAD = "/rest/api/3/issue/ACME-3/attachments"
NO_CHECK = {"x-atlassian-token": "no-check"}


def form(
    content: bytes, *, name: str = "file", filename: str = 'filename="a.txt"', boundary: str = "b-1"
) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"; {filename}'
    head = f"--{boundary}\r\n{disposition}\r\nContent-Type: text/plain\r\n\r\n"
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode()


def upload(client: Client, body: bytes, headers: Mapping[str, str] = NO_CHECK, *, kind: str = "") -> Answer:
    sent = {"content-type": kind or "multipart/form-data; boundary=b-1", **headers}
    token = client.token("write:jira-work")
    return client.call(
        "POST", client.gateway + UPLOAD, auth=("ada@acme.example", token), headers=sent, body=body
    )


def location(client: Client, attachment: str = "10600") -> str:
    path = f"/rest/api/3/attachment/content/{attachment}"
    answer = client.through_gateway("GET", path, client.token("read:jira-work"))
    assert answer.status == 303
    return str(answer.header("location")).removeprefix("http://sandbox.test:8000")


@given(st.binary(max_size=2000), st.sampled_from([0, 3 * IN_MEMORY]))
def test_content_gives_back_what_was_written(data: bytes, padding: int) -> None:
    writer = Writer()
    for start in range(0, len(data), 7):
        writer.write(data[start : start + 7])
    writer.write(bytes(padding))
    content = writer.content()
    assert content.size == len(data) + padding
    assert content.part(0, len(data)).read() == data
    assert content.digest == Content(data + bytes(padding)).digest
    assert content.find(b"no such bytes in there, surely not!") == -1


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5))
def test_form_is_read_as_it_was_written(contents: list[bytes]) -> None:
    boundary = "0123456789-not-in-fifty-random-bytes"
    body = b"".join(
        form(content, boundary=boundary).rpartition(f"--{boundary}--".encode())[0] for content in contents
    )
    parts = list(
        parts_of(Content(body + f"--{boundary}--".encode()), f'multipart/form-data; boundary="{boundary}"')
    )
    assert [part.content.read() for part in parts] == contents
    assert {part.filename for part in parts} == {"a.txt"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('filename="Größe.txt"', "Größe.txt"),
        ("filename=\"x\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt", "Größe.txt"),
        ('filename="a \\"b\\".txt"', 'a "b".txt'),
        ('filename="a %22b%22.txt"', 'a "b".txt'),
        ("filename=plain.txt", "plain.txt"),
    ],
)
def test_file_names_are_read_in_each_spelling(written: str, read: str) -> None:
    (part,) = parts_of(Content(form(b"x", filename=written)), "multipart/form-data; boundary=b-1")
    assert part.filename == read


@pytest.mark.parametrize("body", [b"", b"--b-1", b"--b-1\r\n", form(b"x")[:-12], b"--b-1\r\nA: b\r\n\r\nx"])
def test_broken_form_is_refused(client: Client, body: bytes) -> None:
    with pytest.raises(MultipartError):
        list(parts_of(Content(body), "multipart/form-data; boundary=b-1"))
    assert upload(client, body).status == 400


def test_upload_is_on_the_issue_in_the_history_and_downloadable(client: Client) -> None:
    answer = upload(client, form(b"Receipt\x00\xff", filename='filename="C:\\\\tmp\\\\receipt.bin"'))
    assert answer.status == 200
    (added,) = answer.json
    assert (added["filename"], added["size"], added["author"]["displayName"]) == (
        "receipt.bin",
        9,
        "Ada Lovelace",
    )
    token = client.token("read:jira-work")
    issue = client.through_gateway("GET", "/rest/api/3/issue/ACME-3?expand=changelog", token).json
    assert issue["fields"]["attachment"][-1] == added
    history = issue["changelog"]["histories"][0]
    assert (history["author"]["displayName"], history["items"][0]["toString"]) == (
        "Ada Lovelace",
        "receipt.bin",
    )
    assert client.call("GET", location(client, added["id"])).body == b"Receipt\x00\xff"


def test_large_upload_is_kept_whole(client: Client) -> None:
    data = bytes(range(256)) * (3 * IN_MEMORY // 256) + b"the end"
    (added,) = upload(client, form(data)).json
    assert added["size"] == len(data)
    path = f"/rest/api/3/attachment/content/{added['id']}?redirect=false"
    assert client.through_gateway("GET", path, client.token("read:jira-work")).body == data


@pytest.mark.parametrize(
    ("headers", "kind", "status"),
    [({}, "", 403), (NO_CHECK, "application/json", 415), (NO_CHECK, "text/plain", 415)],
)
def test_upload_without_its_headers_is_refused(
    client: Client, headers: Mapping[str, str], kind: str, status: int
) -> None:
    assert upload(client, form(b"x"), headers, kind=kind).status == status
    assert client.control("GET", "effects")["effects"] == []


def test_form_without_a_file_is_refused(client: Client) -> None:
    assert upload(client, form(b"x", name="other")).status == 400


def test_media_link_needs_no_credential_and_expires(client: Client, clock: Clock) -> None:
    path = location(client)
    answer = client.call("GET", path)
    assert (answer.status, answer.body) == (200, b"One, two\n")
    assert answer.header("content-type") == "text/plain"
    assert client.call("GET", path.replace("token=", "token=1")).status == 403
    assert client.call("GET", path.replace("10600", "10601")).status == 403
    assert client.call("GET", "/file/nothing").status == 404
    clock.advance(seconds=601)
    assert client.call("GET", path).status == 403


def test_media_link_of_a_deleted_file_leads_nowhere(client: Client) -> None:
    path = location(client)
    client.through_gateway("DELETE", "/rest/api/3/attachment/10600", client.token("write:jira-work"))
    assert client.call("GET", path).status == 404


def test_media_host_can_have_a_name_of_its_own(client: Client) -> None:
    client.control("POST", "media", {"origin": "http://media.test:1"})
    assert location(client).startswith("http://media.test:1/file/")


def test_token_of_a_media_link_is_not_logged(client: Client) -> None:
    client.call("GET", location(client))
    assert "token" not in json.dumps(
        [entry["path"] for entry in client.control("GET", "requests")["requests"]]
    )


@pytest.mark.parametrize(
    ("asked", "status", "body", "place"),
    [
        ("bytes=0-2", 206, b"One", "bytes 0-2/9"),
        ("bytes=5-", 206, b"two\n", "bytes 5-8/9"),
        ("bytes=-3", 206, b"wo\n", "bytes 6-8/9"),
        ("bytes=0-999", 206, b"One, two\n", "bytes 0-8/9"),
        ("bytes=9-", 416, b"", "bytes */9"),
        ("bytes=0-1,3-4", 200, b"One, two\n", None),
        ("lines=1", 200, b"One, two\n", None),
    ],
)
@pytest.mark.parametrize("by_media_host", [True, False], ids=["media host", "redirect=false"])
def test_range_of_a_file(
    client: Client, *, by_media_host: bool, asked: str, status: int, body: bytes, place: str | None
) -> None:
    if by_media_host:
        answer = client.call("GET", location(client), headers={"range": asked})
    else:
        path = f"{client.gateway}/rest/api/3/attachment/content/10600?redirect=false"
        auth = ("ada@acme.example", client.token("read:jira-work"))
        answer = client.call("GET", path, auth=auth, headers={"range": asked})
    assert (answer.status, answer.body, answer.header("content-range")) == (status, body, place)


def test_unchanged_file_is_not_sent_again(client: Client) -> None:
    path = location(client)
    etag = str(client.call("GET", path).header("etag"))
    again = client.call("GET", path, headers={"if-none-match": etag})
    assert (again.status, again.body, again.header("content-length")) == (304, b"", None)
    changed = client.call("GET", path, headers={"range": "bytes=0-1", "if-range": '"other"'})
    assert changed.status == 200


def test_head_tells_the_size_and_sends_nothing(client: Client) -> None:
    answer = client.call("HEAD", location(client))
    assert (answer.status, answer.body, answer.header("content-length")) == (200, b"", "9")


def test_control_adds_a_file_of_any_size(client: Client) -> None:
    size = 500 * 1024 * 1024
    number = client.control("POST", "attachments", {"issue": "ACME-3", "size": size})["id"]
    shown = client.through_gateway(
        "GET", f"/rest/api/3/attachment/{number}", client.token("read:jira-work")
    ).json
    assert (shown["size"], shown["id"]) == (size, int(number))
    assert client.call("POST", "/_sandbox/attachments", body=b'{"issue":"ACME-3","size":-1}').status == 400
    assert zeros(3).read() == bytes(3)
