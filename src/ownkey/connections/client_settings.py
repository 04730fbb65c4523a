"""Ready-made settings: what a person copies into a tool so that it works through the gateway.

The tests of `tests/clients` run each tool with exactly these texts, but where a note says that they do not;
the pages and the documentation show them; there is no second copy.
"""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What goes into one tool.

    Attributes:
        name: The tool's short name, for tests and for addresses of pages.
        title: The tool, as people call it.
        text: What is copied; it holds the client key.
        language: What the text is written in: sh, python, javascript or json.
        note: Where it goes and what to know, if that needs saying.
    """

    name: str
    title: str
    text: str = field(repr=False)
    language: str = "sh"
    note: str = ""


def settings_for(*, address: str, key: str, email: str) -> tuple[ClientSettings, ...]:
    """Return the settings for each tool that Ownkey knows.

    Every one of these tools keeps the path of its address, so all of them work with `…/jira/<account>`. A
    tool that drops it needs an address of the ALM account's own: a host name or a port.

    Args:
        address: Where the ALM account is on the gateway, without a slash at the end.
        key: The whole client key; a secret.
        email: Whose it is: the user name for tools that need one. The gateway goes by the key alone.
    """
    return tuple(
        ClientSettings(name, title, write(address, key, email), language, note)
        for name, title, language, write, note in _TOOLS
    )


def _curl(address: str, key: str, email: str) -> str:
    user, url = shlex.quote(f"{email}:{key}"), shlex.quote(f"{address}/rest/api/3/myself")
    return f"curl --user {user} {url}"


def _jira_python(address: str, key: str, email: str) -> str:
    return (
        "from jira import JIRA\n\n"
        f"jira = JIRA(server={_quoted(address)}, basic_auth=({_quoted(email)}, {_quoted(key)}))\n"
        'print(jira.myself()["displayName"])'
    )


def _atlassian_python_api(address: str, key: str, email: str) -> str:
    return (
        "from atlassian import Jira\n\n"
        "jira = Jira(\n"
        f"    url={_quoted(address)},\n"
        f"    username={_quoted(email)},\n"
        f"    password={_quoted(key)},\n"
        "    cloud=True,\n"
        ")\n"
        'print(jira.myself()["displayName"])'
    )


def _jira_js(address: str, key: str, email: str) -> str:
    return (
        "import { createAgileClient, createCloudClient } from 'jira.js';\n"
        "import { createClient } from 'jira.js/core';\n\n"
        "const client = createClient({\n"
        f"  host: {_quoted(address)},\n"
        f"  auth: {{ type: 'basic', email: {_quoted(email)}, apiToken: {_quoted(key)} }},\n"
        "});\n"
        "const jira = createCloudClient(client);\n"
        "const agile = createAgileClient(client);\n\n"
        "console.log((await jira.myself.getCurrentUser()).displayName);"
    )


def _mcp_atlassian(address: str, key: str, email: str) -> str:
    variables = {"JIRA_URL": address, "JIRA_USERNAME": email, "JIRA_API_TOKEN": key}
    server = {"command": "uvx", "args": ["mcp-atlassian"], "env": variables}
    return json.dumps({"mcpServers": {"jira": server}}, indent=2)


def _jira_cli(address: str, key: str, email: str) -> str:
    return (
        f"export JIRA_API_TOKEN={shlex.quote(key)}\n"
        f"jira init --installation cloud --server {shlex.quote(address)} --login {shlex.quote(email)}\n"
        "jira me"
    )


def _quoted(text: str) -> str:
    """Return a text as Python and JavaScript both write it."""
    return json.dumps(text)


_Write = Callable[[str, str, str], str]
_IN_A_TERMINAL = (
    "In a terminal. It says who you are in Jira. "
    "A search has its JQL encoded: --get --data-urlencode 'jql=created > -7d'."
)
_TOOLS: tuple[tuple[str, str, str, _Write, str], ...] = (
    ("curl", "curl", "sh", _curl, _IN_A_TERMINAL),
    ("jira-python", "Python: jira", "python", _jira_python, "For pip install jira."),
    (
        "atlassian-python-api",
        "Python: atlassian-python-api",
        "python",
        _atlassian_python_api,
        "For pip install atlassian-python-api. It must be told that this is Jira Cloud.",
    ),
    ("jira-js", "JavaScript: jira.js", "javascript", _jira_js, "For npm install jira.js, version 6."),
    (
        "mcp-atlassian",
        "mcp-atlassian, for AI assistants",
        "json",
        _mcp_atlassian,
        "In the configuration of the assistant, where its MCP servers are listed.",
    ),
    (
        "jira-cli",
        "jira-cli (Go)",
        "sh",
        _jira_cli,
        "In a terminal; it asks for a project and a board. By its source: Ownkey's tests do not run it.",
    ),
)
