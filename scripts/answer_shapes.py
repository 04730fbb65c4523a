"""Make tests/gateway/answer_shapes.json from Atlassian's OpenAPI files: what answers look like.

    python scripts/answer_shapes.py platform.json software.json jsm.json

Only names of fields are kept, and for each what it is: `link` where Jira puts one, `text`, or `any` where
the files leave open what stands there. Numbers and the like are left out.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "tests/gateway/answer_shapes.json"
METHODS = ("get", "put", "post", "patch", "delete")
LINKS = {
    *("self", "nextPage", "next", "prev", "base", "jiraRest", "searchUrl", "autoCompleteUrl", "iframeSrc"),
    *("avatarUrl", "avatarURI", "iconUrl", "fileUrl", "moveUnfixedIssuesTo", "associations", "projects"),
}
"""Judged by their descriptions and by the answers that the files show."""
PEOPLES = {
    # What administrators, apps and other systems set.
    *(
        ("Priority", "iconUrl"),
        ("PriorityWithSequence", "iconUrl"),
        ("HistoryMetadataParticipant", "avatarUrl"),
    ),
}
APPS_OWN = (
    "builds",
    "deployments",
    "devinfo",
    "devopscomponents",
    "featureflags",
    "operations",
    "remotelinks",
)
WHOLE = {
    # As the answers that the files show.
    "POST /rest/api/3/issue/archive": "link",
    "GET /rest/api/3/project/{projectIdOrKey}/role": {"*": "link"},
}
PAGES_AND_TEXT = {"url", "uri", "view", "viewUrl", "remoteAddress"}
ABOUT = (
    "Facts taken from Atlassian's OpenAPI files by scripts/answer_shapes.py: do not edit, make again. "
    "link: a string that Jira makes a link; text: any other string; any: open; #: a shape by name; "
    "|: one of several; *: a map. Numbers and truth values are left out."
)

Shape = Any


class Shapes:
    """The shapes of one file, named ones apart."""

    def __init__(self, api: str, document: Mapping[str, Any]) -> None:
        self._api = api
        self._document = document
        self.named: dict[str, Shape] = {}

    def of(self, schema: Mapping[str, Any], name: str = "", owner: str = "") -> Shape:
        """Return the shape of a schema; `name` is what the field is called."""
        if "$ref" in schema:
            return self._of_named(schema["$ref"].rsplit("/", 1)[1], name)
        if choices := schema.get("oneOf") or schema.get("anyOf"):
            return {"|": [self.of(one, name, owner) for one in choices]}
        if len(schema.get("allOf", ())) == 1:
            return self.of(schema["allOf"][0], name, owner)
        kind = schema.get("type")
        if kind == "array":
            return [self.of(schema.get("items") or {}, name, owner)]
        if kind == "string":
            return "link" if is_link(owner, name, schema) else "text"
        return "none" if kind in {"integer", "number", "boolean"} else self._of_object(schema, name, owner)

    def _of_named(self, target: str, name: str) -> Shape:
        key = f"{self._api} {target}"
        if key not in self.named:
            self.named[key] = "any"  # it may hold itself
            self.named[key] = self.of(self._document["components"]["schemas"][target], name, target)
        found = self.named[key]
        return found if found in ("text", "none") else f"#{key}"

    def _of_object(self, schema: Mapping[str, Any], name: str, owner: str) -> Shape:
        fields = {
            each: shape
            for each, one in (schema.get("properties") or {}).items()
            if (shape := self.of(one, each, owner)) != "none"
        }
        if isinstance(schema.get("additionalProperties"), dict):
            of_each = "48x48" if name in {"avatarUrls", "iconUrls", "urls"} else "*"
            fields["*"] = self.of(schema["additionalProperties"], of_each, owner)
        return fields or ("none" if schema.get("properties") else "any")


def is_link(owner: str, name: str, schema: Mapping[str, Any]) -> bool:
    """Whether Jira makes the link that a string is: to a REST resource of its own, or to a picture."""
    if (owner, name) in PEOPLES or name in PAGES_AND_TEXT:
        return False
    if name in LINKS or name[:1].isdigit():
        return True
    is_uri = schema.get("format") == "uri" or "URL" in schema.get("description", "")
    return bool(is_uri and schema.get("readOnly"))


def rows(document: Mapping[str, Any], shapes: Shapes) -> Iterator[tuple[str, list[Shape]]]:
    """Yield each operation with the shapes of its good answers."""
    for path, item in document["paths"].items():
        for method in METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            answers = [
                shapes.of(content["schema"])
                for status, answer in operation.get("responses", {}).items()
                if status.startswith(("2", "303"))
                for kind, content in answer.get("content", {}).items()
                if "json" in kind and "schema" in content
            ]
            if path.split("/")[2] in APPS_OWN:
                answers = json.loads(json.dumps(answers).replace('"link"', '"text"'))
            signature = f"{method.upper()} {path}"
            yield signature, [WHOLE[signature]] if signature in WHOLE else answers


def main() -> None:
    """Read the files and write the shapes."""
    answers: dict[str, Shape] = {}
    named: dict[str, Shape] = {}
    for file in map(Path, sys.argv[1:]):
        document = json.loads(file.read_text("utf-8"))
        shapes = Shapes(file.stem, document)
        for signature, found in rows(document, shapes):
            kept = [shape for shape in found if shape not in ("none", "any")]
            if kept:
                answers[signature] = kept[0] if len(kept) == 1 else {"|": kept}
        named |= shapes.named
    lines = [f"{json.dumps('about')}: {json.dumps(ABOUT)}"]
    for key, table in (("named", named), ("answers", answers)):
        each = ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in table.items())
        lines.append(f'"{key}": {{\n{each}\n}}')
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
