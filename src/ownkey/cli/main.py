"""The command's entry: which commands there are, and how any of them ends.

Help is laid out by Typer's plain formatter: Rich takes longer to load than everything else together,
and is left to the one command that draws (`check` at a terminal).
"""

import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from ownkey.cli import (
    account,
    audit,
    backup,
    check,
    connect,
    demo,
    doctor,
    explain,
    gateway,
    init,
    key,
    keys,
    sandbox,
    scopes,
    serve,
    status,
    user,
    worker,
)
from ownkey.cli.beginning import begin
from ownkey.cli.core_dumps import forbid_core_dumps
from ownkey.cli.errors import CommandError, ExitCode, FailedError
from ownkey.cli.misuse import show_misuse
from ownkey.cli.output import flush, print_json, print_line, say, tolerate_poor_terminals

EXAMPLE = """\b
Examples:
  ownkey demo
  ownkey check --site https://acme.atlassian.net --email ada@acme.example
  ownkey explain GET /rest/agile/1.0/board/1/issue
"""


def print_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        from importlib.metadata import version

        print_line(f"ownkey {version('ownkey')}")
        raise typer.Exit


def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Everyone works in Jira as themselves, through any tool.

    Each with a scoped API token of their own, which the tool never sees.
    """


def build_app() -> typer.Typer:
    """Return the `ownkey` command with all its subcommands."""
    app = typer.Typer(
        name="ownkey",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(epilog=EXAMPLE)(root)
    app.command("demo", epilog=demo.EXAMPLE)(demo.demo)
    app.command("init", epilog=init.EXAMPLE)(init.init)
    app.command("serve", epilog=serve.EXAMPLE)(serve.serve)
    app.command("gateway", epilog=gateway.EXAMPLE)(gateway.gateway)
    app.command("worker", epilog=worker.EXAMPLE)(worker.worker)
    app.command("sandbox", epilog=sandbox.EXAMPLE)(sandbox.sandbox)
    app.command("check", epilog=check.EXAMPLE)(check.check)
    app.command("explain", epilog=explain.EXAMPLE)(explain.explain)
    app.add_typer(scopes.build_app(), name="scopes")
    app.add_typer(user.build_app(), name="user")
    app.add_typer(account.build_app(), name="account")
    app.command("status", epilog=status.EXAMPLE)(status.status)
    app.command("connect", epilog=connect.EXAMPLE)(connect.connect)
    app.add_typer(key.build_app(), name="key")
    app.add_typer(keys.build_app(), name="keys")
    app.command("backup", epilog=backup.BACKUP_EXAMPLE)(backup.backup)
    app.command("doctor", epilog=doctor.EXAMPLE)(doctor.doctor)
    app.command("restore", epilog=backup.RESTORE_EXAMPLE)(backup.restore)
    app.add_typer(audit.build_app(), name="audit")
    return app


def main() -> None:
    """Run the command that the arguments name."""
    begin()
    tolerate_poor_terminals()
    forbid_core_dumps()
    try:
        ended = build_app()(prog_name="ownkey", standalone_mode=False)
    except TyperException as error:
        show_misuse(error, sys.argv[1:])
        raise SystemExit(error.exit_code) from None
    except typer.Abort:
        say("Stopped.")
        raise SystemExit(ExitCode.FAILED) from None
    except CommandError as error:
        _tell(error)
        raise SystemExit(error.exit_code) from None
    except Exception as error:
        told = _trouble_of_database(error)
        if told is None:
            raise
        _tell(told)
        raise SystemExit(told.exit_code) from None
    finally:
        flush()
    raise SystemExit(ended if isinstance(ended, int) else ExitCode.OK)


def _tell(error: CommandError) -> None:
    # The command has ended, so whether a machine reads along is told by the arguments.
    if "--json" in sys.argv[1:]:
        print_json(error.as_json())
    say(error.message)


def _trouble_of_database(error: Exception) -> CommandError | None:
    """Return what to say where the disk or the database is what failed; None where it is something else."""
    if "django.db" not in sys.modules:
        return None
    from ownkey.database.troubles import trouble_of

    trouble = trouble_of(error, examine=True)
    return None if trouble is None else FailedError(trouble.code, f"{trouble.sentence} {trouble.next_step}")


if __name__ == "__main__":
    main()
