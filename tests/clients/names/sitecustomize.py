"""The name service of the test: `media.sandbox.example` is this machine.

`mcp-atlassian` follows a redirect only to a host with a name that leads to no private address, or that it was
told to trust. In a test the media host is on this machine; so it gets a name, and this is where it resolves.
"""

import socket
from typing import Any

MEDIA_HOST = "media.sandbox.example"
_getaddrinfo = socket.getaddrinfo


def _resolve(host: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - it takes what getaddrinfo takes
    return _getaddrinfo("127.0.0.1" if host == MEDIA_HOST else host, *args, **kwargs)


socket.getaddrinfo = _resolve
