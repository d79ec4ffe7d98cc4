"""Messages of a gateway, the work that they make, and the books behind it, for processes that are killed."""

from collections import Counter
from datetime import timedelta
from typing import Any

from commerce.billing.models import Invoice, SettlementEntry
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.payments.gateways.contract import PaymentRequest
from commerce.payments.job_names import FOLLOW_ATTEMPT
from commerce.payments.models import Attempt, GatewayEvent, UnallocatedPayment
from commerce.payments.start_payment import start_payment
from tests import make
from tests.doubles.gateway import FAKE_PROVIDER, fake_gateway_on
from tests.killed.day_of_work import books, rows_of, work
from tests.make.webhooks import deliver

STARTED = {
    "paid": ["paid", "paid"],
    "declined, then paid": ["failed", "paid", "pending"],
    "declined": ["pending", "failed"],
    "paid, then told that it failed": ["paid", "failed"],
}
"""Clients on the gateway's page, and what it tells of each."""


def prepare() -> None:
    """Clients are on the page of the gateway, one of them from elsewhere: with a reference that is not ours."""
    with fake_gateway_on():
        for name in (*STARTED, "elsewhere"):
            invoice = make.make_invoice(make.make_client(company=name))
            start_payment(
                invoice=invoice,
                gateway="fake",
                created_by=None,
                return_url="https://shop.example/{}".format,
                ctx=Context(make.AT, SYSTEM),
            )
        Attempt.objects.filter(client__company="elsewhere").update(reference="s-lost")


def take_messages() -> None:
    """Each message comes, some twice, and a worker does what they ask for; whatever was cut off is done again."""
    with fake_gateway_on(), clock.freeze_time(make.AT):
        for attempt in Attempt.objects.select_related("client").order_by("pk"):
            reference = _known_to_the_provider(attempt)
            for number, state in enumerate(STARTED.get(attempt.client.company, ["paid"])):
                event = f"{attempt.client.company} {number}"
                for _ in range(1 + number % 2):
                    message = FAKE_PROVIDER.notice(reference, id=event, state=state)
                    assert deliver(message).status == 200
        # A lost job is begun anew after 10 minutes; after 15 the gateway would be asked itself.
        for minutes in (0, 12):
            work(make.AT + timedelta(minutes=minutes))


def _known_to_the_provider(attempt: Attempt) -> str:
    """The provider's side of an attempt: it outlives our processes, the double does not."""
    request = PaymentRequest(
        id=attempt.pk,
        idempotency_key=attempt.idempotency_key,
        amount=attempt.amount,
        currency_code=attempt.currency_id,
        invoice_number="",
        payment_reference="",
    )
    return FAKE_PROVIDER.session(request).reference


def books_of_messages() -> dict[str, Any]:
    """What must be equal however often the work was cut off; when that was, and polls of the gateway, may differ."""
    jobs = Job.objects.exclude(action=FOLLOW_ATTEMPT).values_list("action", "status")
    return books() | {
        "invoices": rows_of(Invoice, "client__company", "number", "status", "total", "amount_due"),
        "settlements": rows_of(SettlementEntry, "invoice__number", "kind", "amount"),
        "jobs": sorted(Counter(jobs).items()),
        "events": rows_of(GatewayEvent, "event_id", "status", "error"),
        "attempts": rows_of(Attempt, "client__company", "status", "failure"),
        "unallocated": rows_of(UnallocatedPayment, "amount", "reason", "status"),
    }
