"""What of a sandbox is kept, and what begins anew with each start.

Kept: the people as they were changed, every API token (its digest, never its text) with scopes, expiry
and revocation, and all of Jira, files up to a bound. Not kept, because they belong to one run: who is
signed in to the account pages (a session may hold a new token's text), the faults of a test, the log of
requests, the list of effects, failed sign-ins, and the key and address of the media host.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from ownkey.sandbox.jira.world import NO_STATE, World
from ownkey.sandbox.keeping.codec import Decoder, Encoder, NotReadableError
from ownkey.sandbox.people import Person
from ownkey.sandbox.tokens import TokenStore

if TYPE_CHECKING:
    from ownkey.sandbox.cloud import Cloud
    from ownkey.sandbox.keeping.issue_texts import IssueTexts

Document = dict[str, Any]
_IN_WORLD = [one.name for one in fields(World) if one.name not in NO_STATE | {"people"}]


def document_of(cloud: Cloud, texts: IssueTexts | None = None) -> Document:
    """Return all that is kept of a sandbox, as JSON that no later change reaches.

    With `texts`, the issues are encoded already, and only those that have changed since were encoded now.
    """
    encoder, world = Encoder(), cloud.world
    names = [name for name in _IN_WORLD if texts is None or name != "issues"]
    kept = {name: encoder.value(getattr(world, name)) for name in names}
    if texts is not None:
        kept["issues"] = texts.encoded(world.issues)
    return {
        "people": [asdict(person) for person in cloud.people.values()],
        "tokens": encoder.value(cloud.tokens.by_digest()),
        "world": kept,
    }


def restore(cloud: Cloud, document: Document) -> None:
    """Put a sandbox into the state that was kept.

    Raises:
        NotReadableError: It is no document that `document_of` made, in this release or an earlier one; the
            sandbox is as before.
    """
    try:
        people = {one["email"]: Person(**one) for one in document["people"]}
        decoder = Decoder(people)
        tokens = TokenStore(decoder.value(document["tokens"]))
        world = World(
            people=people, **{name: decoder.value(kept) for name, kept in document["world"].items()}
        )
    except (KeyError, TypeError, RecursionError) as error:
        raise NotReadableError("What was kept has another form.") from error
    cloud.people, cloud.tokens, cloud.world = people, tokens, world
    cloud.let_search_lag(cloud.search_lag_s)
