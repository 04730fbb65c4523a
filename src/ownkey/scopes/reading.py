"""Which operations only read: by method, and a reviewed list of the POSTs that change nothing."""

from __future__ import annotations

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Every POST in Atlassian's files was gone through. These answer a question that is too long for an address
# and change nothing; every other one does change something, or nobody can tell, which counts as changing.
READING_POSTS: dict[str, str] = {
    "/rest/api/3/app/field/context/configuration/list": "lists the configurations of custom fields",
    "/rest/api/3/changelog/bulkfetch": "fetches the history of several issues",
    "/rest/api/3/comment/list": "fetches comments by id",
    "/rest/api/3/expression/analyse": "checks the text of an expression without running it",
    "/rest/api/3/expression/eval": "runs an expression; expressions have no way to write",
    "/rest/api/3/expression/evaluate": "runs an expression; expressions have no way to write",
    "/rest/api/3/field/{fieldId}/context/mapping": "finds the contexts of projects and issue types",
    "/rest/api/3/issue/bulkfetch": "fetches several issues",
    "/rest/api/3/issue/watching": "tells which of several issues the caller watches",
    "/rest/api/3/issue/{issueIdOrKey}/changelog/list": "fetches entries of an issue's history by id",
    "/rest/api/3/jql/autocompletedata": "lists the words that JQL knows",
    "/rest/api/3/jql/function/computation/search": "fetches an app's precomputed JQL functions by id",
    "/rest/api/3/jql/match": "tells which issues match which JQL",
    "/rest/api/3/jql/parse": "parses JQL",
    "/rest/api/3/jql/pdcleaner": "returns JQL with account ids for user names; no saved filter is changed",
    "/rest/api/3/jql/sanitize": "returns JQL without what a person may not see; no saved filter is changed",
    "/rest/api/3/permissions/check": "tells which permissions somebody has",
    "/rest/api/3/permissions/project": "lists the projects in which the caller has permissions",
    "/rest/api/3/priorityscheme/mappings": "suggests priorities for a change that is not made",
    "/rest/api/3/search": "searches for issues",
    "/rest/api/3/search/approximate-count": "counts issues",
    "/rest/api/3/search/jql": "searches for issues",
    "/rest/api/3/workflow/history": "fetches an earlier version of a workflow",
    "/rest/api/3/workflow/history/list": "lists the versions of a workflow",
    "/rest/api/3/workflows": "fetches several workflows",
    "/rest/api/3/workflows/create/validation": "validates workflows that are not made",
    "/rest/api/3/workflows/preview": "shows workflows",
    "/rest/api/3/workflows/update/validation": "validates changes of workflows that are not made",
    "/rest/api/3/workflowscheme/read": "fetches several workflow schemes",
    "/rest/api/3/workflowscheme/update/mappings": "lists what a change that is not made would need",
    "/rest/api/3/worklog/list": "fetches worklogs by id",
    "/rest/atlassian-connect/1/migration/workflow/rule/search": "finds an app's workflow rules",
    "/rest/internal/api/latest/worklog/bulk": "fetches worklogs by issue and id",
    "/rest/servicedeskapi/servicedesk/{serviceDeskId}/requesttype/permissions/check": (
        "tells which request types somebody may use"
    ),
    "/jsm/assets/workspace/{workspaceId}/v1/object/aql": "searches for objects",
    "/jsm/assets/workspace/{workspaceId}/v1/object/aql/totalcount": "counts objects",
    "/jsm/assets/workspace/{workspaceId}/v1/object/navlist/aql": "searches for objects",
    "/jsm/assets/workspace/{workspaceId}/v1/object/navlist/iql": "searches for objects",
}


def is_reading(method: str, path: str) -> bool:
    """Whether the operation at this method and path template only reads."""
    return method in READING_METHODS or (method == "POST" and path in READING_POSTS)
