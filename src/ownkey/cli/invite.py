"""`ownkey user invite`: links that let people in, for some by e-mail or for a whole list."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli.errors import ExitCode, MisuseError
from ownkey.cli.options import AsJson
from ownkey.cli.output import print_json, print_table, printable, say
from ownkey.cli.secret_input import read_input
from ownkey.cli.store import open_store

if TYPE_CHECKING:
    from ownkey.people.inviting.inviting_many import LineResult
    from ownkey.people.inviting.people_list import ListedPerson

EXAMPLE = """\b
Examples:
  ownkey user invite ada@acme.example --name "Ada Lovelace"
  ownkey user invite edda@acme.example --auditor
  ownkey user invite --file people.csv --json
"""

STDIN = Path("-")


def invite(
    emails: Annotated[
        list[str] | None,
        typer.Argument(metavar="EMAIL", help="Whom to invite, by e-mail.", show_default=False),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="How the pages call the person; with one e-mail only.", show_default="made of the e-mail"
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="FILE|-",
            help="A list in UTF-8 with a name and an e-mail a line, such as CSV; - is standard input.",
            show_default=False,
        ),
    ] = None,
    admin: Annotated[bool, typer.Option("--admin", help="They look after Ownkey.")] = False,
    auditor: Annotated[
        bool, typer.Option("--auditor", help="They read the record and the coverage, and change nothing.")
    ] = False,
    no_mail: Annotated[
        bool, typer.Option("--no-mail", help="Send no mail; print every link, to hand it over.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Invite people by link, each good for a week; what became of each is a row.

    Where mail is set up it takes the link to them, and the others' links are printed, this once. A person who
    is invited already gets a new link in place of the old one when named here, and keeps the old one when on
    a list.

    Exits with 0 when everybody was invited, and with 1 when one of them was not.
    """
    people = _whom(emails or [], name=name, file=file, has_role=admin or auditor)
    if admin and auditor:
        raise MisuseError("two-roles", "Give --admin or --auditor, not both: an auditor changes nothing.")
    open_store()
    from ownkey.audit.record import OPERATOR
    from ownkey.people.inviting.inviting_many import invite_all
    from ownkey.people.inviting.sending_now import send_now
    from ownkey.people.models import Role
    from ownkey.people.signed_in import AT_THE_COMMAND_LINE

    results = invite_all(
        people,
        role=Role.of(is_administrator=admin, is_auditor=auditor),
        actor=OPERATOR,
        signed_in=AT_THE_COMMAND_LINE,
        renews=file is None,
        mails=not no_mail,
    )
    results = send_now(results)
    if as_json:
        print_json([_as_json(result) for result in results])
    else:
        _print_for_people(results)
    if not _is_everybody_invited(results):
        raise typer.Exit(ExitCode.FAILED)


def _whom(
    emails: Sequence[str], *, name: str | None, file: Path | None, has_role: bool
) -> Sequence["ListedPerson"]:
    """Return who is to be invited.

    Raises:
        MisuseError: Nobody, or it is not clear whom; nobody was invited.
    """
    from ownkey.people.inviting.people_list import named_people

    if file is None:
        if not emails:
            raise MisuseError("nobody-named", "Give at least one e-mail, or a list with --file.")
        if name is not None and len(emails) > 1:
            raise MisuseError("one-name", "--name goes with one e-mail. For several people, use --file.")
        return named_people(emails, name=name)
    if emails:
        raise MisuseError("two-lists", "Give e-mails or --file, not both.")
    if name is not None:
        raise MisuseError("one-name", "--name goes with one e-mail. The list has the names of its people.")
    if has_role:
        raise MisuseError(
            "role-for-list",
            "Administrators and auditors are not invited from a list. Name them by e-mail instead of --file.",
        )
    return _people_in(file)


def _people_in(file: Path) -> Sequence["ListedPerson"]:
    from ownkey.people.inviting.people_list import LARGEST_LIST, ListError, decode_list, read_list

    try:
        if file == STDIN:
            data = read_input(LARGEST_LIST + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(LARGEST_LIST + 1)
    except OSError:
        raise MisuseError("list-unreadable", "The file with the list cannot be read.") from None
    try:
        people = read_list(decode_list(data, only_utf_8=True))
    except ListError as error:
        raise MisuseError("not-a-list", str(error)) from None
    if not people:
        raise MisuseError("empty-list", "There is nobody on this list.")
    return people


def _print_for_people(results: Sequence["LineResult"]) -> None:
    rows = [
        (
            str(result.person.number),
            _email_of(result) or "-",
            result.word,
            result.link_to_hand_over or printable(result.note),
        )
        for result in results
    ]
    print_table(rows, headings=("LINE", "E-MAIL", "RESULT", "LINK OR MORE"))
    for note in dict.fromkeys(result.note for result in results if result.link_to_hand_over):
        say(printable(note))
    if any(result.link_to_hand_over for result in results):
        say("The links are shown this once, and each lets in whoever opens it first.")


def _is_everybody_invited(results: Sequence["LineResult"]) -> bool:
    """Whether each line names somebody who has a new invitation; naming them twice does no harm."""
    from ownkey.people.inviting.inviting_many import Fate
    from ownkey.people.models import normalise_email

    made = {Fate.MAILED, Fate.TO_HAND_OVER}
    invited = {normalise_email(result.person.email) for result in results if result.fate in made}
    return all(
        result.fate is not Fate.WRONG and normalise_email(result.person.email) in invited
        for result in results
    )


def _email_of(result: "LineResult") -> str:
    """Return the e-mail to show; what has no @ may be a password in the wrong place, and is not repeated."""
    email = result.person.email.strip()
    return printable(email) if "@" in email else ""


def _as_json(result: "LineResult") -> dict[str, object]:
    from ownkey.people.inviting.inviting_many import Fate

    results = {
        Fate.MAILED: "mailed",
        Fate.TO_HAND_OVER: "to-hand-over",
        Fate.THERE: "there",
        Fate.WRONG: "refused",
    }
    email = _email_of(result)
    return {
        "line": result.person.number,
        "email": email or None,
        "name": result.person.name if email else None,
        "result": results[result.fate],
        "message": result.note,
        "link": result.link_to_hand_over or None,
    }
