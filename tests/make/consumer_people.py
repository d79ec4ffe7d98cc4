"""Private people in Germany whose contracts were bought and renewed before today, in an installation for browsers."""

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from commerce.accounts.actions.clients import change_client
from commerce.billing.changes.cancellations.actions import carry_out_cancellation
from commerce.billing.models import Invoice
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.jobs import run_jobs_but_documents
from tests.make.people import make_client, make_user
from tests.make.plan_changes import bought, plan, wish
from tests.make.proof import assert_proven
from tests.make.records import make_group, make_payment
from tests.make.renewals import renew_services_of
from tests.make.statements import begin_at_once, switch_on_consumers

MONTHLY, YEARLY, SETUP = 990, 11_880, 1_500
LOCALES = ("en", "de")


class Bought(NamedTuple):
    """What somebody has: bought so many days ago, and renewed by so many documents since."""

    cycle: str
    days: int
    renewals: int = 0
    qty: int = 1
    consents: bool = True
    gateway: str = "test_card"


PEOPLE = {
    "forwarded": Bought("monthly", 40, renewals=1),
    "owner": Bought("annually", 6),
    "monthly": Bought("monthly", 40, renewals=1),
    "yearly": Bought("annually", 400, renewals=1),
    "words": Bought("annually", 6, qty=2, consents=False, gateway="bank_transfer"),
}


def make_consumers(file: str) -> None:
    """All of them for each language; what a browser has to know of them goes into a file."""
    switch_on_consumers()
    for key, value in (("locale.enabled", "en,de"), ("mail.per_minute", "1000")):
        set_setting(key=key, value=value, ctx=Context(clock.now(), SYSTEM))
    product = plan(make_group(), MONTHLY, setup=SETUP, annually=YEARLY)
    found = {
        f"{name}-{locale}": _make_consumer(product, name, locale)
        for name in PEOPLE
        for locale in LOCALES
    }
    # Nobody is told of this history, and no PDF is made of it: the worker would do that first.
    Job.objects.filter(status=JobStatus.QUEUED).delete()
    Path(file).write_text(json.dumps(found), "utf-8")


def _make_consumer(product: Product, name: str, locale: str) -> dict[str, Any]:
    has, email = PEOPLE[name], f"{name}-{locale}@example.com"
    at = clock.now() - timedelta(days=has.days)
    user = make_user(email, password="demo-demo-demo", locale=locale)
    client = make_client(owner=user, email=email, first_name=name.title(), last_name="Keller")
    change_client(client=client, locale=locale, ctx=Context(at, SYSTEM))
    client.refresh_from_db()
    wanted = wish(product, has.qty, has.cycle)
    services = bought(wanted, client=client, at=at, gateway=has.gateway)
    if has.consents:
        begin_at_once(client, services[0].order_unit.item.order, at)
    for _ in range(has.renewals):
        _renew(services[0])
    invoice = Invoice.objects.filter(client=client).order_by("pk").last()
    assert invoice is not None
    return {
        "email": email,
        "client": client.pk,
        "services": [one.pk for one in services],
        "begun": str(at.date()),
        "invoice": invoice.number,
    }


def _renew(service: Service) -> None:
    service.refresh_from_db()
    assert service.next_due_date is not None
    at = datetime.combine(service.next_due_date - timedelta(days=7), clock.now().timetz())
    [made] = renew_services_of(service.client, at).invoices
    make_payment(Invoice.objects.get(pk=made), at=at, gateway="test_card")


def let_end(service_id: int) -> None:
    """The last day of a service that ends comes, and all that follows it."""
    service = Service.objects.get(pk=service_id)
    assert service.ends_on is not None
    at = datetime.combine(service.ends_on, time(12), clock.now().tzinfo)
    with clock.freeze_time(at):
        assert carry_out_cancellation(service=service, ctx=Context(at, SYSTEM))
        run_jobs_but_documents(at=at)
        assert_proven(at)
