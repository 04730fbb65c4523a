"""JSON documents as bytes, whatever text is in them."""

import json
from collections.abc import Mapping


def as_json(document: Mapping[str, object]) -> bytes:
    """Return a document in UTF-8; with escapes where its text holds halves of characters.

    Jira's JSON can name one half of a surrogate pair; UTF-8 cannot, and the escape is what Jira wrote.
    """
    try:
        return json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(document).encode("ascii")
