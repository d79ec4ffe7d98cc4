"""What a client's page says of the next invoice is what the daily run then issues: its day, and its sum to the unit."""

from collections import Counter
from datetime import date, timedelta

import pytest

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.domain_renewals import renew_domains
from commerce.billing.periods.actions.renewals import renew_services
from commerce.billing.tax.actions import add_tax_rule
from commerce.domains.models import Tld
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from tests import make
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db
DAYS, LOOKED_AT_EACH = 60, 5


def issued_by_the_run(client: Client, day: date) -> Counter[str]:
    """By currency what the run of a day bills this client, all of which is paid at once."""
    ctx, sums = Context(make.AT + (day - make.AT.date()), SYSTEM), Counter[str]()
    made = renew_services(client_id=client.pk, day=day, ctx=ctx).invoices
    for invoice in Invoice.objects.filter(
        pk__in=[*made, *renew_domains(client_id=client.pk, day=day, ctx=ctx)]
    ):
        sums[invoice.currency_id] += invoice.total
        make.make_payment(invoice, at=ctx.at)
    return sums


@pytest.mark.parametrize("own_days", [None, 3, 40])
def test_it_is_what_the_daily_run_issues(own_days: int | None) -> None:
    today = make.AT.date()
    add_tax_rule(
        country="DE", rate=19000, category="S", valid_from=today, ctx=Context(make.AT, SYSTEM)
    )
    client = make.make_client()
    for cycle, amount in (
        ("monthly", 333),
        ("monthly", 500),
        ("quarterly", 1999),
        ("annually", 7001),
    ):
        make.make_service(client, billing_cycle=cycle, amount=amount)
    make.make_service(client, currency_code="USD", amount=777)
    make.make_domain(client, expiry_date=today + timedelta(days=45))
    if own_days is not None:
        Tld.objects.update_or_create(tld="example", defaults={"renew_advance_days": own_days})
    grace = make_staff(email="grace@example.com")
    said: dict[date, tuple[str, list[str]]] = {}
    issued: dict[date, list[str]] = {}
    for number in range(DAYS):
        day = today + timedelta(days=number)
        if number % LOOKED_AT_EACH == 0:
            with clock.freeze_time(make.AT + timedelta(days=number)):
                page = staff_browser(grace).get(f"/admin/clients/{client.pk}")
                figures = page.context["figures"]
                [figure] = [one for one in figures if str(one.label) == "Next invoice"]
            said[day] = str(figure.note), figure.values
        if sums := issued_by_the_run(client, day):
            issued[day] = [format_money(amount, code) for code, amount in sorted(sums.items())]
    assert len(issued) >= 3
    assert not Invoice.objects.filter(tax_amount=0).exists()
    last = max(issued)
    for day, (note, values) in said.items():
        if day <= last:
            first = min(one for one in issued if one >= day)
            assert (note, values) == (format_day(first), issued[first]), day
