"""Write the pages of docs/reference that are made from the code; `--check` says which are out of date."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from ownkey.atlassian.verdicts import SENTENCES, VERDICTS
from ownkey.calls.refusals import TABLE
from ownkey.connections.client_settings import settings_for
from ownkey.scopes.profiles import PRESETS

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
MADE = "<!-- Made by `make reference` from the code; change that instead. -->\n"


def command_line() -> str:
    """Return the page of all commands, each with what `--help` prints."""
    pages = [f"{MADE}\n# Command line\n\nData goes to stdout, talk to stderr; `--json` is for machines.\n"]
    for words in _commands():
        title = " ".join(("ownkey", *words))
        pages.append(f"## {title}\n\n```\n{_help(*words)}\n```\n")
    return "\n".join(pages)


def _commands() -> list[tuple[str, ...]]:
    import typer.main  # noqa: PLC0415 only this page needs the command line

    from ownkey.cli.main import build_app  # noqa: PLC0415

    found: list[tuple[str, ...]] = []
    group = typer.main.get_command(build_app())
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        members = getattr(command, "commands", None)
        found += [(name, member) for member in members] if members else [(name,)]
    return found


def _help(*words: str) -> str:
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "88", "TERM": "dumb"}
    command = [sys.executable, "-m", "ownkey.cli.main", *words, "--help"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return "\n".join(line.rstrip() for line in ended.stdout.strip().splitlines())


def verdicts() -> str:
    """Return the page of every way that a check can end."""
    rows = "\n".join(
        f"| `{verdict}` | `{reason}` | {SENTENCES.get(reason, 'Depends on the case; see below.')} |"
        for reason, verdict in VERDICTS.items()
    )
    return f"""{MADE}
# Verdicts

How a check can end: on the page, in `ownkey check` and in its JSON. Exit codes: 0 `connected`, 3 `gaps`,
4 `refused`, 5 `unreachable`.

| Verdict | Reason | Next step |
|---|---|---|
{rows}

Some sentences are put together from what is known: `scopes_missing` names the scopes; `credential_refused`,
`expired`, `no_longer_accepted` and `another_person` name the likeliest cause, since Atlassian gives one
answer for all of them. A check that found no site ends with a reason that begins with `site_`.

`connected_with_unknowns` is `connected`: nothing that is required was shown to be missing, and what no
harmless request can tell, or none without write probes, is `unknown` among the scopes. Whoever needs each
scope proved looks at the reason. What Atlassian failed to answer is `inconclusive` instead.

A mistake that is found before anything is sent (a token pasted wrongly, an address that is none, an expiry
date that cannot be) is no verdict of Atlassian's: the command exits with 2, and with `--json` prints the
report's members, `"verdict": "refused"` among them, beside `error` and `message` as for any misuse.
"""


def profiles() -> str:
    """Return the page of the scope profiles that come with Ownkey."""
    pages = [f"{MADE}\n# Scope profiles\n"]
    for profile in PRESETS.values():
        pages.append(f"## {profile.title} (`{profile.name}`)\n")
        for group, required in profile.by_group().items():
            rows = "\n".join(f"| `{one.scope}` | {one.reason} |" for one in required)
            pages.append(f"| {group} | To |\n|---|---|\n{rows}\n")
        pages += [f"- {note}" for note in profile.notes]
        pages.append("")
    return "\n".join(pages)


def clients() -> str:
    """Return the page of settings for tools, the very texts that the tests of tests/clients run."""
    shown = settings_for(
        address="https://ownkey.example/jira/acme", key="YOUR-CLIENT-KEY", email="ada@acme.example"
    )
    sections = "\n".join(
        f"## {one.title}\n\n{one.note}\n\n```{one.language}\n{one.text}\n```\n" for one in shown
    )
    return f"""{MADE}
# Tools

What goes into a tool so that it works in Jira as you, through Ownkey: its address, and a client key where the
API token was. The page of a new client key shows these texts filled in. Ownkey's own tests run these tools,
unmodified, with exactly these texts, but where it says that they do not: they create, edit, comment, plan,
upload, download and search.

Each of these tools keeps the path of its address. One that drops it needs an address of its own for the ALM
account: a host name, or a port (`ownkey gateway --account acme --port 8002`).

{sections}
`mcp-atlassian` takes every address that is not Atlassian's for a Data Center, so it searches as one does, at
an address that Jira Cloud has removed. The gateway notices, asks the search that there is, and answers in the
words that the tool expects. What only Jira Cloud has, the tool does not offer at such an address.
"""


WITHOUT_A_WORD = (
    (
        "400",
        (
            'an address with a raw `<` or `>`, a raw `"` in its query or `` ` `` in its path, a space, '
            "a control character, or bytes that are no UTF-8"
        ),
        (
            "Percent-encode each value: `curl --get --data-urlencode 'jql=created > -7d' "
            "ADDRESS/rest/api/3/search/jql`"
        ),
    ),
    (
        "400",
        "a method with signs that no method has, such as `GET:`",
        "Send the method's name alone.",
    ),
    (
        "400",
        "HTTP/0.9, HTTP/2 in part, TLS, or another protocol",
        "Speak HTTP/1.1 to this port; https needs a proxy in front.",
    ),
    (
        "400",
        (
            "two lengths, a length that is no number, a coding other than `chunked` at the end, a"
            " name with a space, a value with control characters or over several lines"
        ),
        "Send one Content-Length, or a chunked body; a field in one line.",
    ),
    (
        "414",
        "an address of more than 65,534 bytes",
        "Send long JQL by `POST /rest/api/3/search/jql`.",
    ),
    (
        "431",
        (
            "more than 100 header fields, a name of more than 65,535 bytes, or a head of more "
            "than about 500 KB"
        ),
        "Send fewer and shorter fields.",
    ),
    (
        "none",
        "HTTP/2 from its first byte (`curl --http2-prior-knowledge`, a proxy that is set to h2c)",
        "Speak HTTP/1.1.",
    ),
    (
        "none",
        (
            "a whole request and the end of what the client writes (`nc -N`, `shutdown`), before "
            "the answer came"
        ),
        (
            "Close after the answer: until then a client that has closed its side is taken for "
            "one that has gone. Its call is cut; if it writes and had left, the record says "
            "*unsure*."
        ),
    ),
)
"""What the server answers before Ownkey sees it: the answer, what was sent, and what to do."""


def refusals() -> str:
    """Return the page of every code with which Ownkey itself ends a call."""
    by_status = sorted(TABLE.items(), key=lambda item: (item[1].status, item[0].value))
    rows = "\n".join(
        f"| {row.status} | `{code.value}` | {row.title} | "
        f"{row.detail.format(name='*Operation*', missing='*scope*')} | {row.next_step} |"
        for code, row in by_status
    )
    without_a_word = "\n".join(f"| {' | '.join(row)} |" for row in WITHOUT_A_WORD)
    return f"""{MADE}
# Refusals

Every way in which Ownkey itself ends a call. The code is the value of the header field `Ownkey-Error`, which
no answer of Jira's carries, and of `code` in the body, a problem as RFC 9457 has it. `detail` and `next_step`
say what happened and what to do; `errorMessages` repeats both where clients of Jira look. `request_id` finds
the call in the log and in the record.

An answer says these sentences, or more exact ones where more is known. `operation` and `missing` name the
operation and the scopes that it lacks; `Retry-After` says when to try again.

| Status | Code | Title | What happened | Next step |
|---|---|---|---|---|
{rows}

## Answers without a word

What is no HTTP/1.1 is answered by the server below Ownkey, before Ownkey sees it: with a status, an empty
body and the end of the connection. Such an answer has no `Ownkey-Error` and leaves no line in the log; but
for the last row, no call has left for Jira.

| Answer | Sent | What to do |
|---|---|---|
{without_a_word}
"""


PAGES = {
    "clients.md": clients,
    "command-line.md": command_line,
    "refusals.md": refusals,
    "scope-profiles.md": profiles,
    "verdicts.md": verdicts,
}


def main() -> int:
    """Write the pages, or say which are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    stale = []
    for name, make in PAGES.items():
        path, text = REFERENCE / name, make()
        if is_check and (not path.exists() or path.read_text() != text):
            stale.append(name)
        elif not is_check:
            path.write_text(text)
    if stale:
        print(f"Out of date, run `make reference`: {', '.join(stale)}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
