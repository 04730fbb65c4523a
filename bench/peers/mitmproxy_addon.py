"""What mitmproxy is given to do: set the Authorization header, and keep nothing of the calls."""

import os
from typing import Any


class Inject:
    """Sets the Authorization header of every request."""

    def __init__(self) -> None:
        self._authorization = os.environ["BENCH_AUTHORIZATION"]

    def requestheaders(self, flow: Any) -> None:  # noqa: ANN401 — mitmproxy is installed elsewhere
        """Set it, and let both bodies be streamed."""
        flow.request.headers["authorization"] = self._authorization
        flow.request.stream = True

    def responseheaders(self, flow: Any) -> None:  # noqa: ANN401
        """Let the answer's body be streamed."""
        flow.response.stream = True


addons = [Inject()]
