"""billing.md 8 and 10, domains.md 4: which periods a renewal bills, and what its lines say."""

from datetime import date, timedelta

import pytest

from commerce.billing.models import BilledPeriod, Invoice
from commerce.billing.periods.actions.domain_renewals import (
    lost_domain_renewals,
    renew_domains,
)
from commerce.billing.periods.actions.renewals import renew_services
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.billing.periods.test_periods import CTX, END, RENEWED, renewal_of
from tests.make.renewals import RENEWED_AT

pytestmark = pytest.mark.django_db
AT = make.AT


def test_a_free_period_is_waived_on_its_day_and_a_priced_one_is_billed_before() -> None:
    client = make.make_client()
    free = make.make_service(client, amount=0)
    make.make_service(client, amount=500)
    made = renew_services(client_id=client.pk, day=RENEWED_AT.date(), ctx=RENEWED)
    assert (len(made.invoices), made.waived) == (1, 0)
    again = renew_services(client_id=client.pk, day=END, ctx=Context(AT + timedelta(30), SYSTEM))
    free.refresh_from_db()
    assert (again.invoices, again.waived, free.next_due_date) == ([], 1, date(2026, 6, 8))


@pytest.mark.parametrize(("days", "billed"), [(-1, 0), (0, 0), (1, 1)])
def test_nothing_is_billed_for_a_period_that_begins_when_the_service_has_ended(
    days: int, billed: int
) -> None:
    service = make.make_service()
    Service.objects.filter(pk=service.pk).update(ends_on=END + timedelta(days=days))
    made = renew_services(client_id=service.client_id, day=RENEWED_AT.date(), ctx=RENEWED)
    assert len(made.invoices) == billed


def test_the_line_of_a_name_says_for_how_many_years_and_by_what_it_is_taxed() -> None:
    client = make.make_client()
    make.make_domain(client, expiry_date=date(2026, 5, 7))
    make.make_domain(client, expiry_date=date(2026, 5, 7), term_years=2)
    [made] = renew_domains(client_id=client.pk, day=AT.date(), ctx=CTX)
    lines = Invoice.objects.get(pk=made).lines.order_by("position")
    assert [(line.kind, line.tax_kind) for line in lines] == [("renewal", "domain")] * 2
    assert [line.description.rpartition(" (")[2] for line in lines] == ["1 year)", "2 years)"]
    ends = BilledPeriod.objects.order_by("pk").values_list("period_start", "period_end")
    assert list(ends) == [
        (date(2026, 5, 7), date(2027, 5, 7)),
        (date(2026, 5, 7), date(2028, 5, 7)),
    ]


@pytest.mark.parametrize(
    ("status", "lost"),
    [
        ("active", False),
        ("redemption", True),
        ("cancelled", True),
        ("transferred_away", True),
    ],
)
def test_the_open_renewal_of_a_name_is_lost_when_it_is_no_longer_ours(
    status: str, *, lost: bool
) -> None:
    domain = make.make_domain(expiry_date=date(2027, 4, 8))
    open_one = renewal_of(domain)
    due = None if status in ("cancelled", "transferred_away") else date(2027, 4, 8)
    Domain.objects.filter(pk=domain.pk).update(status=status, next_due_date=due)
    assert list(lost_domain_renewals(END)) == ([open_one] if lost else [])
    BilledPeriod.objects.filter(pk=open_one.pk).update(status="paid", ended_at=AT)
    assert not list(lost_domain_renewals(END))
