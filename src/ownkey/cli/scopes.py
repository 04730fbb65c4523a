"""`ownkey scopes …`: what each scope opens, which scopes to choose, and the catalogue behind it."""

from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli import scopes_build, scopes_for
from ownkey.cli.errors import MisuseError
from ownkey.cli.options import AsJson
from ownkey.cli.output import print_json, print_line, print_table
from ownkey.cli.scope_sets import read_profile_and_warn, read_scope

if TYPE_CHECKING:
    from ownkey.scopes.catalogue import Operation

LIST_EXAMPLE = """\b
Example:
  ownkey scopes list --api software
"""
SHOW_EXAMPLE = """\b
Example:
  ownkey scopes show write:jira-work
"""
PROFILE_EXAMPLE = """\b
Example:
  ownkey scopes profile planning
"""


def build_app() -> typer.Typer:
    """Return the `scopes` command with its subcommands."""
    app = typer.Typer(
        help="Look up scopes: what they open, and which ones to choose.",
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=scopes_for.EXAMPLE,
    )
    app.command("list", epilog=LIST_EXAMPLE)(list_)
    app.command("show", epilog=SHOW_EXAMPLE)(show)
    app.command("for", epilog=scopes_for.EXAMPLE)(scopes_for.for_)
    app.command("profile", epilog=PROFILE_EXAMPLE)(profile)
    app.command("build", epilog=scopes_build.EXAMPLE)(scopes_build.build)
    return app


def list_(
    api: Annotated[
        str | None,
        typer.Option(
            metavar="API",
            help="Only one API: platform, software, service-management or assets.",
            show_default=False,
        ),
    ] = None,
    reads: Annotated[
        bool, typer.Option("--reads", help="Count only operations that change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the scopes that there are.

    Beside each stands how many operations name it.
    """
    from ownkey.scopes.catalogue import load_catalogue
    from ownkey.scopes.requirement import is_classic

    catalogue = load_catalogue()
    apis = sorted({operation.api for operation in catalogue.operations})
    if api is not None and api not in apis:
        raise MisuseError("unknown-api", f"There is no API of that name. There are: {', '.join(apis)}.")
    counts = {
        scope: sum(
            (api is None or operation.api == api) and (operation.reads or not reads)
            for operation in catalogue.operations_needing(scope)
        )
        for scope in sorted(catalogue.scopes, key=lambda scope: (not is_classic(scope), scope))
    }
    rows = [(scope, count) for scope, count in counts.items() if count]
    if as_json:
        print_json(
            [{"scope": scope, "classic": is_classic(scope), "operations": count} for scope, count in rows]
        )
    else:
        print_table(
            [(scope, "classic" if is_classic(scope) else "granular", str(count)) for scope, count in rows],
            headings=("SCOPE", "KIND", "OPERATIONS"),
        )


def show(
    scope: Annotated[str, typer.Argument(metavar="SCOPE", help="The scope's name.")], as_json: AsJson = False
) -> None:
    """Show which operations a scope opens."""
    from ownkey.scopes.catalogue import load_catalogue
    from ownkey.scopes.requirement import is_classic

    only = read_scope(scope)
    operations = load_catalogue().operations_needing(only)
    alone = [operation for operation in operations if operation.requirement.is_satisfied_by({only})]
    together = [operation for operation in operations if operation not in alone]
    if as_json:
        print_json(
            {
                "scope": only,
                "classic": is_classic(only),
                "opens": [_operation_as_json(operation) for operation in alone],
                "opens_with_others": [
                    {
                        **_operation_as_json(operation),
                        "others": sorted(operation.requirement.missing_from({only})),
                    }
                    for operation in together
                ],
            }
        )
        return
    print_line(f"{only} ({'classic' if is_classic(only) else 'granular'})")
    if alone:
        print_line(f"\nOpens by itself ({len(alone)}):")
        print_table([_operation_row(operation) for operation in alone], headings=("METHOD", "PATH"))
    if together:
        print_line(f"\nOpens only together with other scopes ({len(together)}):")
        print_table([_operation_row(operation) for operation in together], headings=("METHOD", "PATH"))


def profile(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A profile's name, a file, or scope,scope.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a scope profile; without a name, list them.

    Each required scope is shown with the reason for it.
    """
    from ownkey.scopes.profiles import PRESETS

    if name is None:
        profiles = [(one.name, one.title, len(one.scopes)) for one in PRESETS.values()]
        if as_json:
            print_json([{"name": name, "title": title, "scopes": count} for name, title, count in profiles])
        else:
            print_table(
                [(name, str(count), title) for name, title, count in profiles],
                headings=("NAME", "SCOPES", "TITLE"),
            )
        return
    found = read_profile_and_warn(name)
    if as_json:
        print_json(
            {
                "name": found.name,
                "title": found.title,
                "scopes": [
                    {"scope": one.scope, "group": one.group, "reason": one.reason} for one in found.required
                ],
                "notes": list(found.notes),
                "fits_one_token": found.fits_one_token,
            }
        )
        return
    print_line(f"{found.title} ({len(found.required)} scopes)")
    for group, required in found.by_group().items():
        print_line(f"\n{group}")
        for one in required:
            print_line(f"  {one.scope}  –  {one.reason}" if one.reason else f"  {one.scope}")
    for note in found.notes:
        print_line(f"\n{note}")


def _operation_as_json(operation: "Operation") -> dict[str, str]:
    return {
        "operation": operation.operation_id,
        "method": operation.method,
        "path": operation.path,
        "api": operation.api,
    }


def _operation_row(operation: "Operation") -> tuple[str, str]:
    return operation.method, operation.path
