"""The world is kept in one file: what was answered is there after a restart, and no file is lost unsaid."""

from __future__ import annotations

import asyncio
import json
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ownkey.sandbox.app import build_app
from ownkey.sandbox.cloud import Cloud
from ownkey.sandbox.content import zeros
from ownkey.sandbox.jira import entities
from ownkey.sandbox.jira.issue.attachments import make_attachment
from ownkey.sandbox.keeping import codec
from ownkey.sandbox.keeping.codec import LARGEST_FILE, LEFT_OUT, Encoder
from ownkey.sandbox.keeping.document import document_of, restore
from ownkey.sandbox.keeping.file import FileInUseError, WorldFile
from ownkey.sandbox.keeping.keeper import Keeper, open_world

from .conftest import ADA, HOST, Client, Clock, Jira

if TYPE_CHECKING:
    from collections.abc import Callable

    from ownkey.sandbox.keeping.document import Document

WORLDS = Path(__file__).parent / "worlds"
ISSUE = "/rest/api/3/issue/ACME-1"
WORK = ("read:jira-work", "write:jira-work")


@pytest.fixture
def file(tmp_path: Path) -> WorldFile:
    return WorldFile(tmp_path / "sandbox.json")


def restarted(client: Client, file: WorldFile) -> Client:
    """Return a client of a sandbox that goes on from the file."""
    cloud = Cloud(clock=client.clock)
    open_world(cloud, file)
    return Client(cloud, client.clock)


def lived_in(client: Client) -> str:
    """Do a little of everything that changes a sandbox; return a token's text."""
    token = client.token(*WORK)
    client.control("POST", "people", {"email": "bo@acme.example", "hides_email": True})
    deep: dict[str, Any] = {"type": "doc", "version": 1, "content": [{"$": "x", "type": "paragraph"}]}
    deep["content"].append({"type": "paragraph", "content": [{"type": "text", "text": "Ünïcode $"}]})
    added = client.call(
        "POST",
        f"{client.gateway}{ISSUE}/comment",
        auth=(ADA, token),
        headers={"content-type": "application/json"},
        body=json.dumps({"body": deep}).encode(),
    )
    assert added.status == 201
    issue = client.cloud.world.issue("ACME-3")
    assert issue is not None
    issue.labels = ("one", "two")
    return token


def test_everything_is_there_after_a_restart(client: Client, file: WorldFile) -> None:
    token = lived_in(client)
    before = client.cloud.world.fingerprint()
    file.write(document_of(client.cloud))
    after = restarted(client, file)
    assert after.cloud.world.fingerprint() == before
    assert after.cloud.people["bo@acme.example"].hides_email is True
    shown = after.call("GET", f"{after.gateway}{ISSUE}/comment", auth=(ADA, token))
    assert shown.status == 200
    assert shown.json["comments"][-1]["body"]["content"][0]["$"] == "x"


@pytest.mark.parametrize("end", ["revoke", "expire"])
def test_a_token_that_has_ended_stays_ended(client: Client, file: WorldFile, end: str) -> None:
    token = client.token(*WORK)
    client.control("POST", end, {"token": token})
    file.write(document_of(client.cloud))
    after = restarted(client, file)
    assert after.call("GET", f"{after.gateway}{ISSUE}", auth=(ADA, token)).status == 401


def test_scopes_and_the_owner_of_a_token_are_kept(client: Client, file: WorldFile) -> None:
    token = client.token("read:jira-user")
    file.write(document_of(client.cloud))
    after = restarted(client, file)
    refused = after.call("GET", f"{after.gateway}{ISSUE}", auth=(ADA, token))
    assert refused.json["message"] == "Unauthorized; scope does not match"
    me = after.call("GET", f"{after.gateway}/rest/api/3/myself", auth=(ADA, token))
    assert me.json["displayName"] == "Ada Lovelace"


def test_the_file_holds_no_token_and_only_its_owner_may_look(client: Client, file: WorldFile) -> None:
    token = client.token(*WORK)
    client.post("/login", {"email": ADA, "continue": "/manage-profile"})
    session = client.cookie.partition("=")[2]
    file.write(document_of(client.cloud))
    text = file.path.read_text()
    assert token not in text
    assert session not in text
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_draft_that_was_left_behind_by_a_kill_is_overwritten(client: Client, file: WorldFile) -> None:
    draft = file.path.with_name(f".{file.path.name}.new")
    draft.write_text("half a wor")
    draft.chmod(0o644)
    file.write(document_of(client.cloud))
    assert file.read() == document_of(client.cloud)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert not draft.exists()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _data: b"", id="empty"),
        pytest.param(lambda data: data[: len(data) // 2], id="cut off"),
        pytest.param(lambda data: data.replace(b"Grace Hopper", b"Grade Hopper"), id="one letter"),
        pytest.param(lambda data: b"\x00" * len(data), id="zeros"),
        pytest.param(lambda data: b"[1]\n" + data, id="no header"),
    ],
)
def test_a_damaged_file_is_set_aside_in_words(
    client: Client, file: WorldFile, spoil: Callable[[bytes], bytes]
) -> None:
    file.write(document_of(client.cloud))
    spoiled = spoil(file.path.read_bytes())
    file.path.write_bytes(spoiled)
    opened = open_world(Cloud(), file)
    assert opened.is_new
    assert "begins anew" in opened.sentence
    (aside,) = file.path.parent.glob("sandbox.set-aside-*.json")
    assert str(aside) in opened.sentence
    assert aside.read_bytes() == spoiled, "nothing of it is lost"
    assert not open_world(Cloud(), file).is_new, "what is begun anew is kept"


def test_what_an_earlier_release_kept_is_gone_on_from(file: WorldFile) -> None:
    file.path.write_bytes((WORLDS / "0.2.0.json").read_bytes())
    cloud = Cloud()
    assert not open_world(cloud, file).is_new
    issue = cloud.world.issue("ACME-3")
    assert issue is not None
    assert issue.summary == "Pay with any card"
    assert [token.label for token in cloud.tokens.owned_by(cloud.people[ADA])] == ["old"]
    client = Client(cloud, Clock())
    shown = Jira(client, ADA).get("/rest/api/3/issue/ACME-3")["fields"]
    assert (shown["summary"], shown["votes"]["votes"], shown["security"]) == ("Pay with any card", 0, None)
    boards = Jira(client, ADA).get("/rest/agile/1.0/board")["values"]
    assert [(board["name"], board["type"]) for board in boards] == [("ACME board", "scrum")]


def test_a_file_of_a_later_release_is_set_aside_and_the_release_is_named(
    client: Client, file: WorldFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        other.setattr("ownkey.sandbox.keeping.file.shape", lambda: "another")
        other.setattr("ownkey.sandbox.keeping.file.version", lambda _name: "7.8.9")
        file.write(document_of(client.cloud) | {"world": {"what a later release keeps": []}})
    sentence = open_world(Cloud(), file).sentence
    assert "of another release of Ownkey (7.8.9; this is" in sentence
    assert "was set aside as" in sentence


def test_what_only_another_program_could_have_written_is_set_aside_too(file: WorldFile) -> None:
    file.write({"people": [], "tokens": ["$", "os.system", "true"], "world": {}})
    assert "cannot be understood" in open_world(Cloud(), file).sentence


def test_a_file_that_cannot_be_read_stops_the_start_and_stays(client: Client, file: WorldFile) -> None:
    file.path.mkdir()
    with pytest.raises(OSError, match="directory"):
        open_world(client.cloud, file)
    assert file.path.is_dir()


def test_a_kept_class_that_changes_changes_the_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Project(entities.Project):
        """A project with a field more."""

        colour: str = "blue"

    before = codec.shape()
    monkeypatch.setattr(codec, "_CLASSES", {**codec._CLASSES, "Project": Project})
    assert codec.shape() != before


def test_files_are_kept_up_to_a_bound(client: Client, file: WorldFile) -> None:
    world, now = client.cloud.world, client.clock()

    def attach(size: int) -> str:
        issue = world.issue("ACME-3")
        assert issue is not None
        added = make_attachment(
            world, issue.id, author=ADA, filename="a", media_type="text/plain", content=zeros(size), now=now
        )
        return added.id

    small, large = attach(1000), attach(LARGEST_FILE + 1)
    many = [attach(LARGEST_FILE) for _ in range(9)]
    file.write(document_of(client.cloud))
    kept = restarted(client, file).cloud.world.attachments
    assert kept[small].content.read() == bytes(1000)
    assert kept[large].content.read() == LEFT_OUT
    assert [kept[one].content.size == LARGEST_FILE for one in many] == [True] * 7 + [False] * 2
    assert file.path.stat().st_size < 250_000, "zeros are small"


def test_nothing_of_the_world_is_unknown_to_the_file(client: Client) -> None:
    document = document_of(client.cloud)
    again = Cloud()
    restore(again, document)
    assert document_of(again) == document
    with pytest.raises(TypeError, match="cannot keep a Clock"):
        Encoder().value(Clock())


def test_two_sandboxes_cannot_keep_their_worlds_in_one_file(file: WorldFile) -> None:
    with file.held(), pytest.raises(FileInUseError), file.held():
        pass
    with file.held():
        pass


@dataclass(frozen=True)
class SlowFile(WorldFile):
    """A file on a disk that takes its time, until it is let go."""

    let_go: threading.Event = field(default_factory=threading.Event)
    written: list[Document] = field(default_factory=list)

    def write(self, document: Document) -> None:
        assert self.let_go.wait(30)
        self.written.append(document)


class Conversation:
    """One app with its keeper, on one loop."""

    def __init__(self, cloud: Cloud, file: WorldFile) -> None:
        self.keeper = Keeper(cloud, file)
        self.app = build_app(cloud, self.keeper)

    async def ask(self, method: str, path: str, body: bytes = b"") -> int:
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", HOST.encode())],
            "client": ("127.0.0.1", 50_000),
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's messages
            sent.append(message)

        await self.app(scope, receive, send)
        return int(sent[0]["status"])


MAKE_TOKEN = json.dumps({"email": ADA, "scopes": ["read:jira-work"]}).encode()


def test_an_answer_that_confirms_waits_for_the_disk_and_one_that_reads_does_not(tmp_path: Path) -> None:
    async def talk() -> None:
        file = SlowFile(tmp_path / "w.json")
        talking = Conversation(Cloud(), file)
        running = asyncio.create_task(talking.keeper.run())
        making = asyncio.create_task(talking.ask("POST", "/_sandbox/tokens", MAKE_TOKEN))
        async with asyncio.timeout(30):
            assert await talking.ask("GET", "/") == 200
            assert not making.done()
            file.let_go.set()
            assert await making == 200
        assert len(file.written[-1]["tokens"][2]) == 1
        running.cancel()

    asyncio.run(talk())


def test_many_changes_at_once_are_written_together(tmp_path: Path) -> None:
    async def talk() -> None:
        file = SlowFile(tmp_path / "w.json")
        talking = Conversation(Cloud(), file)
        running = asyncio.create_task(talking.keeper.run())
        making = [asyncio.create_task(talking.ask("POST", "/_sandbox/tokens", MAKE_TOKEN)) for _ in range(50)]
        await asyncio.sleep(0)
        file.let_go.set()
        async with asyncio.timeout(30):
            assert await asyncio.gather(*making) == [200] * 50
        assert len(file.written) <= 3
        running.cancel()

    asyncio.run(talk())


def test_a_disk_that_takes_nothing_is_said_once_and_answers_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class FullFile(WorldFile):
        def write(self, document: Document) -> None:  # noqa: ARG002 as wide as what it replaces
            raise OSError(28, "No space left on device")

    async def talk() -> None:
        talking = Conversation(Cloud(), FullFile(tmp_path / "w.json"))
        running = asyncio.create_task(talking.keeper.run())
        async with asyncio.timeout(30):
            for _ in range(3):
                assert await talking.ask("POST", "/_sandbox/tokens", MAKE_TOKEN) == 200
        running.cancel()

    asyncio.run(talk())
    assert capsys.readouterr().err.count("No space left on device") == 1


def test_what_was_only_read_is_written_at_the_end(tmp_path: Path) -> None:
    async def talk() -> None:
        file = WorldFile(tmp_path / "w.json")
        talking = Conversation(Cloud(), file)
        assert await talking.ask("GET", "/") == 200
        await talking.keeper.close()
        assert file.read() is not None

    asyncio.run(talk())
    assert [path.name for path in tmp_path.iterdir()] == ["w.json"]
