"""No probe that can ever be sent has an effect, whichever way it is answered.

Walks every probe of every operation. What makes one harmless is said here again, on its own.
"""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.scopes.catalogue import Catalogue, Operation, load_catalogue
from ownkey.scopes.inference import Inference
from ownkey.scopes.probes import (
    BODILESS_POSTS,
    HEAVY_READS,
    MALFORMED_JSON,
    NEVER_PROBED,
    NEVER_READ,
    Probe,
    cost_of,
    is_probed,
    probe_of,
)
from ownkey.scopes.router import load_router

# What acts without the path naming it: on the caller, on everything, through query or body, or for an app.
ACTS_ON_MORE_THAN_ITS_PATH = re.compile(
    r"/mypreferences|/user/properties|/user/columns|bulkByProperties|/webhook|atlassian-connect|/forge/1/"
    r"|/issue/properties/\{|/rest/internal|linkedWorkspaces/bulk|/redact|/app/field"
)


CANCEL = "POST /rest/api/3/task/{taskId}/cancel"


def every_probe(nonce: str = "0f1e2d") -> list[Probe]:
    return [probe_of(one, nonce=nonce) for one in load_catalogue().operations if is_probed(one)]


def test_every_probe_is_of_a_harmless_kind() -> None:
    for probe in every_probe():
        operation = probe.operation
        assert probe.method == operation.method
        if probe.method == "GET":
            assert operation.reads
            assert probe.body is None
        elif probe.method == "DELETE":
            assert "{" in operation.path
            assert probe.body is None
            assert not operation.json_object_required
        else:
            assert probe.method in {"POST", "PUT"}
            assert operation.json_object_required or operation.signature == CANCEL
            assert probe.body == MALFORMED_JSON
            assert probe.content_type == "application/json"


def test_a_writing_probe_acts_on_nothing_but_what_its_path_names() -> None:
    for probe in every_probe():
        if probe.method != "GET":
            assert not ACTS_ON_MORE_THAN_ITS_PATH.search(probe.operation.path)


def test_every_parameter_of_a_path_is_an_id_that_cannot_exist() -> None:
    for probe in every_probe():
        parts, template = probe.path.split("/"), probe.operation.path.split("/")
        for part, name in zip(parts, template, strict=True):
            if not name.startswith("{"):
                assert part == name
            elif name == "{workspaceId}":
                assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", part)
            elif name.strip("{}") in probe.operation.numeric_parameters:
                # Beyond what any counter reaches, and still a number that fits 64 bits.
                assert 9 * 10**17 <= int(part) < 2**63
            else:
                # Long, and neither a number nor an issue's key.
                assert re.fullmatch(r"ownkeyprobe[a-z]{16}", part)


def test_a_probe_asks_for_its_own_operation() -> None:
    for probe in every_probe():
        assert load_router().find(probe.method, probe.path) is probe.operation


def test_an_answer_to_a_probe_means_something() -> None:
    for probe in every_probe():
        assert probe.operation.requirement.scopes
        assert not probe.operation.is_ambiguous


def test_malformed_json_is_no_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(MALFORMED_JSON)


@pytest.mark.parametrize(
    "signature",
    [
        "DELETE /rest/api/3/mypreferences",
        "DELETE /rest/api/3/user/properties/{propertyKey}",
        "DELETE /rest/api/3/issue/properties/{propertyKey}",
        "DELETE /rest/api/3/webhook",
        "DELETE /rest/builds/0.1/bulkByProperties",
        "DELETE /rest/api/3/user",
        "DELETE /rest/api/3/group",
        "DELETE /rest/forge/1/app/properties/{propertyKey}",
        "DELETE /rest/servicedeskapi/organization/{organizationId}/user",
        "POST /rest/api/3/issue/{issueIdOrKey}/votes",
        "POST /rest/api/3/project/{projectIdOrKey}/archive",
        "POST /rest/api/3/field/{id}/trash",
        "PUT /rest/api/3/filter/{id}/favourite",
        "PUT /rest/api/3/version/{id}/mergeto/{moveIssuesTo}",
        "PUT /rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}",
        "PUT /rest/agile/1.0/sprint/{sprintId}/properties/{propertyKey}",
        "PUT /rest/api/3/mypreferences",
        "POST /rest/api/3/issue/{issueIdOrKey}/watchers",
        "POST /rest/api/3/issue/{issueIdOrKey}/attachments",
        "POST /rest/api/3/redact",
        "PUT /rest/api/3/webhook/refresh",
        "GET /rest/api/3/task/{taskId}",
        "GET /rest/api/3/serverInfo",
    ],
)
def test_what_is_doubtful_is_never_probed(catalogue: Catalogue, signature: str) -> None:
    operation = catalogue.operation(signature)
    assert not is_probed(operation)
    with pytest.raises(ValueError, match="no harmless request"):
        probe_of(operation, nonce="n")


def test_reviewed_lists_name_paths_that_exist(catalogue: Catalogue) -> None:
    paths = [operation.path for operation in catalogue.operations]
    for entry in [*NEVER_PROBED, *NEVER_READ, *BODILESS_POSTS, *HEAVY_READS]:
        assert any(path.startswith(entry) if entry.endswith("/") else path == entry for path in paths), entry


def test_reading_comes_before_writing_and_small_before_heavy(catalogue: Catalogue) -> None:
    costs = [
        cost_of(catalogue.operation(signature))
        for signature in (
            "GET /rest/api/3/issue/{issueIdOrKey}",
            "GET /rest/api/3/status",
            "DELETE /rest/api/3/issue/{issueIdOrKey}",
            "PUT /rest/api/3/issue/{issueIdOrKey}",
            "POST /rest/api/3/issue",
            "GET /rest/api/3/project",
        )
    ]
    assert costs == sorted(costs)


@given(st.text(), st.sampled_from(every_probe()))
def test_ids_are_safe_in_a_path_whatever_the_nonce(nonce: str, some: Probe) -> None:
    path = probe_of(some.operation, nonce=nonce).path
    assert re.fullmatch(r"/[A-Za-z0-9_./-]+", path)


def test_ids_differ_from_check_to_check(catalogue: Catalogue) -> None:
    operation = catalogue.operation("DELETE /jsm/assets/workspace/{workspaceId}/v1/object/{id}")
    assert len({probe_of(operation, nonce=str(number)).path for number in range(50)}) == 50


def test_without_write_probes_only_reading_gets_are_asked(catalogue: Catalogue) -> None:
    inference = Inference(catalogue, catalogue.scopes, allow_write_probes=False, nonce="n")
    probes = inference.next_probes()
    assert probes
    assert all(probe.method == "GET" and probe.operation.reads and probe.body is None for probe in probes)


def test_every_probe_of_an_inference_is_one_of_those_walked_here(catalogue: Catalogue) -> None:
    walked = {(probe.method, probe.path, probe.body) for probe in every_probe("n")}
    known: list[Operation] = list(catalogue.operations)
    probes = Inference(catalogue, catalogue.scopes, nonce="n", also=known).next_probes()
    assert {(probe.method, probe.path, probe.body) for probe in probes} <= walked
