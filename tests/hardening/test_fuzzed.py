"""The router, the decoder and the link rewriter keep their laws whatever they are given; see `properties`."""

import pytest
from hypothesis import HealthCheck, given, settings

from ownkey.atlassian.answers import decode
from ownkey.atlassian.wire import Answer

from .properties import LAWS, Law


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_law(law: Law) -> None:
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(law.made_up)
    def holds(made_up: object) -> None:
        law.holds(made_up)

    holds()


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 23 Nov 2026 12:00:00 +99999999999999999999",
        "Mon, 23 Nov 99999999999 12:00:00 GMT",
        "Mon, 23 Nov 2026 99999999999999999999:00:00 GMT",
    ],
)
def test_a_date_out_of_all_reason_is_no_date(date: str) -> None:
    for headers in ((("retry-after", date), ("date", date)), (("retry-after", date),)):
        assert decode(Answer(status=503, headers=headers)).retry_after_s is None
