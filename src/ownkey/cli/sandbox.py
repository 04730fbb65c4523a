"""`ownkey sandbox`: the pretend Atlassian Cloud, as a program of its own."""

from pathlib import Path
from typing import Annotated

import typer

from ownkey.cli.errors import ExitCode, FailedError, MisuseError
from ownkey.cli.serving import end_process

EXAMPLE = """\b
Example:
  ownkey sandbox --port 8123
"""


def sandbox(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")
    ] = 8123,
    delay_ms: Annotated[
        int,
        typer.Option(min=0, metavar="MS", help="Wait this long before every answer.", show_default="none"),
    ] = 0,
    search_lag: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="Let search find a change only so long after it was made, as in Jira.",
            show_default="none",
        ),
    ] = 0,
    issues: Annotated[
        int,
        typer.Option(
            min=0,
            max=10_000,
            metavar="NUMBER",
            help="Begin with so many issues in a project of their own, MANY.",
            show_default="none",
        ),
    ] = 0,
    data_center: Annotated[
        bool, typer.Option("--data-center", help="Pretend to be a Jira Data Center instead.")
    ] = False,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let other machines in. Anybody may be anybody there.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep what is done in it in this file, so that it is there after a restart.",
            show_default="it is gone when it stops",
        ),
    ] = None,
    while_stdin_is_open: Annotated[bool, typer.Option("--while-stdin-is-open", hidden=True)] = False,
) -> None:
    """Run a pretend Atlassian Cloud for trying things out.

    It is not Atlassian, and says so on every page.
    """
    from ownkey.sandbox import server
    from ownkey.sandbox.keeping.file import FileInUseError

    try:
        server.run(
            host,
            port,
            delay_ms=delay_ms,
            search_lag_s=search_lag,
            issues=issues,
            data_center=data_center,
            allow_remote=allow_remote,
            keep=keep,
            while_stdin_is_open=while_stdin_is_open,
        )
    except server.NotLoopbackError as error:
        raise MisuseError("not-loopback", f"{error} Add --allow-remote if you mean it.") from None
    except server.AddressInUseError as error:
        raise FailedError("port-taken", str(error)) from None
    except FileInUseError:
        raise FailedError(
            "file-in-use",
            f"Another pretend Atlassian keeps its world in {keep}. Stop it, or name another file.",
        ) from None
    except OSError as error:
        if error.filename is None:
            raise
        raise FailedError(
            "file-unusable",
            f"The file {error.filename} cannot be used ({error.strerror}). Name another file.",
        ) from None
    end_process(ExitCode.OK)
