"""Reminders that an administrator asks for: one person, one ALM account, at most once an hour."""

from datetime import timedelta

from django.utils import timezone

from ownkey.audit.record import record
from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.lifecycle.occasions import Occasion
from ownkey.connections.models import AlmAccount
from ownkey.connections.queries import credential_of, standing_of
from ownkey.mail.models import Delivery
from ownkey.people.acts import Asks, By, act
from ownkey.people.models import User
from ownkey.people.signed_in import SignedIn

NOT_AGAIN_FOR = timedelta(hours=1)
_COUNTS = (Delivery.WAITING, Delivery.SENDING, Delivery.SENT, Delivery.UNSURE)


@act(
    to="remind a person",
    by=By.ADMINISTRATOR,
    asks=Asks.NEVER,
    because="The mail has no secret and goes to the person, once an hour at most.",
)
def remind_now(user: User, alm_account: AlmAccount, *, actor: object, signed_in: SignedIn) -> bool:
    """Owe somebody a mail about what their credential for an ALM account needs now; return whether it is new.

    It is sent by the schedule within seconds, unless it was put right until then. There is none, and False is
    returned, for whoever is suspended, has nothing to do, or was reminded of this ALM account within the
    last hour for whatever reason.
    """
    now = timezone.now()
    standing = standing_of(user, alm_account, credential_of(user, alm_account))
    recent = Reminder.objects.filter(
        user=user,
        alm_account=alm_account,
        is_main=False,
        delivery__in=_COUNTS,
        made_at__gt=now - NOT_AGAIN_FOR,
        made_at__lte=now,
    )
    # Not what the person has in the table but what it says now: they may have been suspended meanwhile.
    is_active = User.objects.filter(pk=user.pk, is_active=True).exists()
    if not is_active or not standing.needs_attention or recent.exists():
        return False
    Reminder.objects.create(
        user=user,
        alm_account=alm_account,
        occasion=Occasion.ASKED.value,
        about=now.isoformat(),
        made_at=now,
        due_at=now,
    )
    record(
        "reminder.asked",
        actor=actor,
        subject=user,
        alm_account=alm_account.slug,
        details={"state": standing.state.value},
    )
    return True
