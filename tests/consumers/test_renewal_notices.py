"""support-and-content.md 9: a long renewal of a consumer is announced before the last day to object."""

from datetime import UTC, date, datetime

import pytest

from commerce.consumers import steps
from commerce.kit.context import SYSTEM
from commerce.mail.models import OutgoingMail
from commerce.runs.step import RunDay
from tests import make
from tests.make.plan_changes import rate_from
from tests.make.statements import switch_on_consumers

pytestmark = pytest.mark.django_db


def run_on(day: date) -> list[OutgoingMail]:
    """The step of a day; all that was ever announced, the oldest first."""
    on = RunDay(day, datetime.combine(day, datetime.min.time(), UTC), SYSTEM)
    for client in steps.find_clients_to_tell(on):
        steps.announce_renewals_of(client.pk, on)
    return list(OutgoingMail.objects.filter(event="renewal_announced").order_by("pk"))


def test_a_yearly_renewal_is_announced_once_with_its_price_and_the_last_day() -> None:
    """Renews on 8 Apr 2027; the last day to object is the 7th, and 45 days before it is 21 Feb."""
    switch_on_consumers()
    rate_from(date(2020, 1, 1), 19_000)
    service = make.make_service(billing_cycle="annually", amount=12_000)
    make.make_service(service.client)
    assert run_on(date(2027, 2, 20)) == []
    [told] = run_on(date(2027, 2, 21))
    assert told.values["amount"] == {"money": [14_280, "EUR"]}
    assert told.values["last_day"] == {"date": "2027-04-07"}
    assert run_on(date(2027, 2, 22)) == run_on(date(2027, 4, 7)) == [told]


def test_a_name_that_renews_is_announced_and_a_company_hears_of_none() -> None:
    switch_on_consumers()
    client = make.make_client()
    make.make_domain(client, domain_name="mine.example")
    make.make_domain(make.make_client(company="Acme Ltd"))
    make.make_domain(client, auto_renew=False)
    [told] = run_on(date(2027, 2, 21))
    assert told.values["contract"] == "mine.example"


def test_switched_off_nobody_hears_of_it() -> None:
    make.make_service(billing_cycle="annually", amount=12_000)
    assert run_on(date(2027, 3, 1)) == []
