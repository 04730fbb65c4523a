"""The people of the pretend organisation, and its one service account."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "sandbox"  # noqa: S105 - the pretend Data Center's password for everybody, said on its first page


@dataclass(slots=True)
class Person:
    """Somebody with an Atlassian account. `hides_email` is Atlassian's profile visibility setting."""

    account_id: str
    email: str
    display_name: str
    user_name: str
    is_administrator: bool = False
    is_service_account: bool = False
    hides_email: bool = False
    is_active: bool = True
    time_zone: str = "Europe/London"
    locale: str = "en_GB"

    @property
    def initials(self) -> str:
        """The letters on this person's avatar."""
        return "".join(word[0] for word in self.display_name.split())[:2]


def cast() -> dict[str, Person]:
    """Return fresh people by e-mail address. Grace administers Jira, Charlie may do little in it."""
    people = (
        Person("712020:ada0c0de-0000-4000-8000-000000000001", "ada@acme.example", "Ada Lovelace", "ada"),
        Person(
            "712020:b0d1dd1e-0000-4000-8000-000000000002",
            "bo@acme.example",
            "Bo Diddley",
            "bo",
            time_zone="America/Chicago",
            locale="en_US",
        ),
        Person(
            "712020:09aceb0b-0000-4000-8000-000000000003",
            "grace@acme.example",
            "Grace Hopper",
            "grace",
            is_administrator=True,
        ),
        Person(
            "712020:5e4a1ce0-0000-4000-8000-000000000004",
            "release-bot-5e4a1ce0@serviceaccount.atlassian.com",
            "Release Bot",
            "release-bot",
            is_service_account=True,
        ),
        Person(
            "712020:c4a211e0-0000-4000-8000-000000000005",
            "charlie@acme.example",
            "Charlie Parker",
            "charlie",
        ),
    )
    return {person.email: person for person in people}
