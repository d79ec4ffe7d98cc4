"""What staff change of a domain where its bills have a say (domains.md 1 and 4)."""

from datetime import date, timedelta

import pytest

from commerce.billing.changes.domain_edits import edit_domain_terms
from commerce.billing.models import BilledPeriod, PriceChange
from commerce.billing.periods.actions.domain_requests import renew_domain_now
from commerce.domains.models import Domain
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make

pytestmark = pytest.mark.django_db

CTX = Context(make.AT, SYSTEM)


def edit(domain: Domain, reason: str = "Agreed", **say: object) -> None:
    edit_domain_terms(domain=domain, reason=reason, ctx=CTX, **say)  # type: ignore[arg-type]


def test_a_price_is_changed_and_the_announced_one_does_not_come() -> None:
    domain = make.make_domain()
    planned = PriceChange.objects.create(
        client=domain.client,
        domain=domain,
        old_amount=1200,
        amount=1500,
        from_date=date(2027, 4, 8),
        created_at=make.AT,
    )
    edit(domain, recurring_amount=900)
    planned.refresh_from_db()
    assert (domain.recurring_amount, planned.status) == (900, "dropped")


def test_no_day_is_billed_twice_by_another_expiry() -> None:
    """A term that the registrar has carried out stays paid until its end; one that is only billed does not bind."""
    domain = make.make_domain()
    due = domain.next_due_date
    assert due is not None
    renew_domain_now(domain=domain, ctx=CTX)
    edit(domain, expiry_date=due + timedelta(days=3))
    BilledPeriod.objects.update(status="paid", ended_at=make.AT)
    Domain.objects.filter(pk=domain.pk).update(expiry_date=due.replace(year=due.year + 1))
    with pytest.raises(BusinessError) as refused:
        edit(domain, expiry_date=due + timedelta(days=30))
    assert (refused.value.code, refused.value.field) == ("service.period_billed", "expiry_date")


def test_an_expiry_is_in_the_future_after_the_registration_and_within_ten_years() -> None:
    """A name whose days are over would be given up by the next daily run."""
    today = make.AT.date()
    due = today + timedelta(days=10)
    domain, lapsed = (make.make_domain(None, one, expiry_date=due) for one in ("active", "expired"))
    for name, day, code in (
        (domain, today, "domain.expiry_not_in_future"),
        (domain, date.max, "domain.expiry_out_of_range"),
        (domain, date(today.year + 10, 5, 9), "domain.expiry_out_of_range"),
        (lapsed, today, "domain.expiry_out_of_range"),
    ):
        with pytest.raises(BusinessError) as refused:
            edit(name, expiry_date=day)
        assert (refused.value.code, refused.value.field) == (code, "expiry_date")
        name.refresh_from_db()
        assert name.expiry_date == name.next_due_date == due


def test_the_first_term_stays_paid_although_it_has_no_billed_period() -> None:
    domain = make.make_domain()
    due = domain.next_due_date
    assert due is not None
    with pytest.raises(BusinessError) as refused:
        edit(domain, expiry_date=due - timedelta(days=31))
    assert (refused.value.code, refused.value.field) == ("service.period_billed", "expiry_date")
    edit(domain, expiry_date=due - timedelta(days=30))
    assert domain.expiry_date == due - timedelta(days=30)


def test_no_date_is_set_while_a_paid_renewal_waits_for_the_registrar() -> None:
    """Its job would find the term bought already, and the client would have paid for nothing."""
    domain = make.make_domain()
    due = domain.next_due_date
    assert due is not None
    renew_domain_now(domain=domain, ctx=CTX)
    BilledPeriod.objects.update(status="paid", ended_at=make.AT)
    with pytest.raises(StateConflict) as refused:
        edit(domain, expiry_date=due.replace(year=due.year + 1))
    assert refused.value.code == "domain.renewal_under_way"
    edit(domain, recurring_amount=900)
    assert (domain.recurring_amount, domain.expiry_date) == (900, due)


def test_nothing_new_no_reason_and_less_than_nothing_are_refused() -> None:
    domain = make.make_domain()
    for say in (
        *({"recurring_amount": 1200}, {"recurring_amount": -1}),
        *({"recurring_amount": 1, "reason": ""}, {"expiry_date": domain.expiry_date}),
    ):
        with pytest.raises(BusinessError):
            edit(domain, **say)  # type: ignore[arg-type]
    with pytest.raises(StateConflict):
        edit(make.make_domain(status="cancelled"), recurring_amount=1)
