"""How often a request may be sent again after its connection broke: seldom, lest an outage grows worse."""

SAFE_METHODS = frozenset({"GET", "HEAD"})


class RetryBudget:
    """One retry for every ten requests, and never more than ten in a row."""

    def __init__(self, *, share: float = 0.1, most: float = 10.0) -> None:
        self._share = share
        self._most = most
        self._left = most

    def earn(self) -> None:
        """Count a request that was answered."""
        self._left = min(self._left + self._share, self._most)

    def take(self) -> bool:
        """Whether one more request may be sent again; it then counts as sent."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
