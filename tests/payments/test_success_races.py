"""R1: one success, told by webhooks, by the client who is back, by the poll and by staff who run the event again, is
booked once.
"""

import subprocess
import sys
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from django.db import connection

from commerce.billing.models import Invoice, SettlementEntry
from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.gateway_events import retry_gateway_event
from commerce.payments.models import Attempt, GatewayEvent, Payment
from tests import make
from tests.doubles import gateway
from tests.doubles.gateway import FakeProvider
from tests.flows.test_races import WORKERS, at_once
from tests.make.browser import make_browser
from tests.make.proof import assert_proven
from tests.make.webhooks import deliver
from tests.server.running import environment

PLAY = """
from commerce.config.console import load_django; load_django()
from tests.payments.test_success_races import play; play()
"""
CTX = Context(make.AT, SYSTEM)


class PaymentSuccess:
    """A client has paid on the gateway's page, and nobody knows here yet."""

    def __init__(self, provider: FakeProvider) -> None:
        client = make.make_client()
        self.invoice = make.make_invoice(client)
        self.path = f"/client/invoices/{self.invoice.pk}"
        self.web = make_browser(client.memberships.get().user, acting=client)
        assert self.web.post(f"{self.path}/pay/fake").status_code == 303
        self.attempt = Attempt.objects.get(invoice=self.invoice)
        self.reference = self.attempt.reference or ""
        provider.pay(self.reference)
        self.sent = provider.notice(self.reference)
        self.cookies = self.web.cookies

    def notice(self) -> None:
        """As a gateway sends it: again, where others write for longer than the door waits."""
        while (status := deliver(self.sent).status) == 503:
            pass
        assert status == 200
        if not connection.in_atomic_block:
            connection.close()  # the door's waits for no lock as long as a worker does
        run_due_jobs(at=make.AT)

    def staff(self) -> None:
        for event in GatewayEvent.objects.filter(event_id=f"e-{self.reference}"):
            try:
                retry_gateway_event(event=event, ctx=CTX)
            except StateConflict as refused:  # its job waits by now: that is as good
                if refused.code != "gateway_event.already_queued":
                    raise
        run_due_jobs(at=make.AT)

    def back(self) -> None:
        web = make_browser()
        web.cookies = self.cookies
        assert web.get(f"{self.path}/return/{self.attempt.pk}").status_code == 200
        run_due_jobs(at=make.AT)

    def poll(self) -> None:
        run_due_jobs(at=make.AT.replace(hour=make.AT.hour + 1))

    def is_booked_once(self) -> None:
        run_due_jobs(at=make.AT.replace(hour=make.AT.hour + 2))
        booked = Payment.objects.get(invoice=self.invoice)
        assert (booked.amount, booked.attempt_id) == (1200, self.attempt.pk)
        assert SettlementEntry.objects.filter(invoice=self.invoice).count() == 1
        row = Invoice.objects.get(pk=self.invoice.pk)
        assert (row.status, row.amount_due) == ("paid", 0)
        thanks = OutgoingMail.objects.filter(event="invoice_paid", about_id=row.pk)
        assert len(set(thanks.values_list("idempotency_key", flat=True))) == 1
        assert not Job.objects.filter(status="parked").exists()


@pytest.fixture
def installed(request: pytest.FixtureRequest) -> Iterator[FakeProvider]:
    request.getfixturevalue("proven")
    with gateway.fake_gateway_on() as made, clock.freeze_time(make.AT):
        yield made


@pytest.mark.django_db
def test_told_in_every_order_on_any_database(installed: FakeProvider) -> None:
    for order in permutations(("notice", "back", "poll")):
        success = PaymentSuccess(installed)
        for told in (*order, "staff", *order):
            getattr(success, told)()
        success.is_booked_once()


def told_by_20_at_once(provider: FakeProvider) -> None:
    success = PaymentSuccess(provider)
    ways = [success.notice, success.back, success.poll, success.staff]
    assert at_once([ways[n % len(ways)] for n in range(WORKERS)]) == [None] * WORKERS
    success.is_booked_once()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="the next test")
def test_told_by_20_at_once(installed: FakeProvider) -> None:
    told_by_20_at_once(installed)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the test before")
def test_told_by_20_at_once_on_a_file(data: Path) -> None:
    """Threads cannot share the database of other tests, which is in memory: this is an installation of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PLAY],
        env=environment(data),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "proven"), done.stderr


def play() -> None:
    """What that installation does."""
    with gateway.fake_gateway_on() as provider, clock.freeze_time(make.AT):
        told_by_20_at_once(provider)
        assert_proven(make.AT)
    sys.stdout.write("proven")
