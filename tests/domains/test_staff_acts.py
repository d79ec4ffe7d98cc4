"""What only staff do with a domain: states by hand, an expiry, notes (invariants.md 3, domains.md 1)."""

from datetime import date, timedelta

import pytest

from commerce.audit.models import AuditEntry
from commerce.domains.actions.staff import correct_expiry, override_domain_status, set_domain_notes
from commerce.domains.events import DomainCancelled, DomainTransferredAway
from commerce.domains.models import Domain
from commerce.domains.rules import (
    DOMAIN_OVERRIDE_MOVES,
    REGISTERED_DOMAIN_STATUSES,
    DomainStatus,
)
from commerce.events.models import StoredEvent
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make

pytestmark = pytest.mark.django_db

CTX = Context(make.AT + timedelta(days=10), SYSTEM)
SOON = date(2027, 5, 1)


def override(domain: Domain, to: str, reason: str = "Asked", **say: object) -> None:
    status = DomainStatus(to)
    override_domain_status(domain=domain, to=status, reason=reason, ctx=CTX, **say)  # type: ignore[arg-type]


@pytest.mark.parametrize("old", DomainStatus)
def test_each_state_can_be_set_by_hand_but_pending(old: DomainStatus) -> None:
    for new in DomainStatus:
        domain = make.make_domain(status=old)
        needs_date = new in REGISTERED_DOMAIN_STATUSES
        say = {"expiry_date": SOON} if needs_date else {}
        if new not in DOMAIN_OVERRIDE_MOVES[old]:
            with pytest.raises(BusinessError):
                override(domain, new, **say)
            continue
        override(domain, new, **say)
        assert domain.status == new
        assert domain.next_due_date == (SOON if needs_date else None)


def test_a_registered_name_needs_its_expiry_in_the_future_if_it_is_active() -> None:
    domain = make.make_domain(status="pending")
    for typed, code in ((None, "domain.expiry_missing"), (CTX.at.date(), "not_in_future")):
        with pytest.raises(BusinessError, match=r".") as refused:
            override(domain, "active", expiry_date=typed)
        assert code in refused.value.code
    with pytest.raises(BusinessError) as refused:
        override(domain, "cancelled", expiry_date=SOON)
    assert refused.value.field == "expiry_date"
    domain.refresh_from_db()
    assert domain.status == "pending"


def test_no_name_is_registered_for_longer_than_ten_years() -> None:
    domain = make.make_domain(status="transferred_away")
    for far in (date.max, date(2036, 5, 19)):
        with pytest.raises(BusinessError) as refused:
            override(domain, "active", expiry_date=far)
        assert refused.value.code == "domain.expiry_out_of_range"
    override(domain, "active", expiry_date=date(2036, 5, 18))
    assert domain.expiry_date == date(2036, 5, 18)


def test_the_days_of_a_transfer_that_is_set_by_hand_count_from_then() -> None:
    domain = make.make_domain()
    Domain.objects.filter(pk=domain.pk).update(sent_at=make.AT - timedelta(days=900))
    override(domain, "pending_transfer")
    assert domain.sent_at == CTX.at


def test_a_name_that_somebody_has_here_again_does_not_come_back() -> None:
    ended = make.make_domain(status="cancelled", domain_name="acme.example")
    make.make_domain(domain_name="acme.example")
    with pytest.raises(BusinessError) as refused:
        override(ended, "active", expiry_date=SOON)
    assert refused.value.code == "domain.already_managed"


@pytest.mark.parametrize(
    ("to", "event"),
    [
        ("transferred_away", DomainTransferredAway),
        ("cancelled", DomainCancelled),
        ("fraud", DomainCancelled),
    ],
)
def test_what_ends_by_hand_ends_like_any_other(to: str, event: type) -> None:
    domain = make.make_domain()
    override(domain, to)
    assert StoredEvent.objects.filter(kind=event.__name__).exists()
    assert domain.auto_renew == (to != "transferred_away")


def test_what_comes_back_by_hand_is_told_nobody() -> None:
    domain = make.make_domain(status="transferred_away")
    before = StoredEvent.objects.count()
    override(domain, "active", expiry_date=SOON)
    assert StoredEvent.objects.count() == before
    entry = AuditEntry.objects.get(action="domain.expiry_set")
    assert (entry.after, entry.reason) == ({"expiry_date": "2027-05-01"}, "Asked")


def test_an_expiry_is_the_next_due_date_and_needs_a_reason() -> None:
    domain = make.make_domain()
    with pytest.raises(BusinessError):
        correct_expiry(domain=domain, expiry_date=SOON, reason="", ctx=CTX)
    correct_expiry(domain=domain, expiry_date=SOON, reason="Renewed there", ctx=CTX)
    assert (domain.expiry_date, domain.next_due_date) == (SOON, SOON)
    with pytest.raises(StateConflict):
        correct_expiry(
            domain=make.make_domain(status="pending"), expiry_date=SOON, reason="x", ctx=CTX
        )


def test_notes_that_say_nothing_new_leave_no_entry() -> None:
    domain = make.make_domain()
    for _ in range(2):
        set_domain_notes(domain=domain, notes="call first", ctx=CTX)
    entry = AuditEntry.objects.get(action="domain.noted")
    assert (domain.notes, entry.before, entry.after) == ("call first", {}, {"notes": "changed"})
