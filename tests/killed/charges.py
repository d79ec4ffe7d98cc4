"""Saved cards that are charged over two nights, for processes that are killed; the gateway's side outlives them."""

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from django.db import connection

from commerce.billing.models import CreditEntry, Invoice, SettlementEntry
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import PaymentCard, PaymentReport, PaymentRequest
from commerce.payments.job_names import FOLLOW_ATTEMPT
from commerce.payments.models import Attempt, AutopayTry, Payment, SavedCard
from tests import make
from tests.doubles.gateway import FAKE_PROVIDER, FakeGateway, fake_gateway_on
from tests.killed.day_of_work import rows_of, work
from tests.make.cards import DAY, FIRST, at, keep, run

CARDS = ["pays", "lost", "lost and stolen", "declined", "stolen", "asks its owner"]
"""Clients, each with a card that behaves like that."""
FOLDER = Path(tempfile.mkdtemp())
"""Of the process that kills the others; they inherit it."""


class GatewayOnDisk(FakeGateway):
    """It keeps what it was asked to charge by its key, in a file for each world, and answers a key the second time."""

    def charge_saved(self, attempt: PaymentRequest, card: PaymentCard) -> PaymentReport:
        made = charged()
        asked_before = attempt.idempotency_key in made
        made[attempt.idempotency_key] = [card.token, attempt.amount]
        _file().write_text(json.dumps(made))
        if card.token.startswith("lost") and not asked_before:
            raise TimeoutError("the answer was lost")
        return super().charge_saved(attempt, card)


def _file() -> Path:
    return FOLDER / str(connection.settings_dict["NAME"]).replace("/", "_")


def charged() -> dict[str, list[Any]]:
    """Card and amount of each charge that the gateway was asked for in this world, by key."""
    return json.loads(_file().read_text()) if _file().exists() else {}


def prepare() -> None:
    """Each client has an open invoice; one has two, which are one charge."""
    with fake_gateway_on():
        for name in CARDS:
            client = make.make_client(company=name)
            keep(client, name)
            for _ in range(2 if name == "pays" else 1):
                make.make_invoice(client)


def charge_for_two_nights() -> None:
    """The run of each night, and a worker after it; whatever was cut off is done again."""
    with fake_gateway_on():
        registry.GATEWAY_CLASSES["fake"] = GatewayOnDisk
        for name in ("lost and stolen", "declined", "stolen"):
            FAKE_PROVIDER.declined[name] = "No."
        FAKE_PROVIDER.declined_for_good |= {"lost and stolen", "stolen"}
        FAKE_PROVIDER.wants_owner.add("asks its owner")
        for night in (FIRST, FIRST + DAY):
            with clock.freeze_time(at(night).at):
                assert not run(night).failed
            # A lost job is begun anew after 10 minutes, and a charge without an answer after one.
            for minutes in range(0, 75, 12):
                with clock.freeze_time(at(night, minutes).at):
                    work(at(night, minutes).at)


def books_of_charges() -> dict[str, Any]:
    """What must be equal however often the work was cut off, and what the gateway was asked for."""
    jobs = Job.objects.exclude(action=FOLLOW_ATTEMPT).values_list("action", "status")
    return {
        "charged": sorted(charged().values()),
        "tries": rows_of(AutopayTry, "invoice__client__company", "number", "day"),
        "attempts": rows_of(Attempt, "client__company", "status", "amount", "failure"),
        "cards": rows_of(SavedCard, "token", "failure"),
        "invoices": rows_of(Invoice, "client__company", "status", "amount_due"),
        "payments": rows_of(Payment, "client__company", "amount", "status"),
        "settlements": rows_of(SettlementEntry, "invoice__client__company", "kind", "amount"),
        "credit": rows_of(CreditEntry, "account__client__company", "amount"),
        "mails": rows_of(OutgoingMail, "event", "about_kind", "status"),
        "jobs": sorted(Counter(jobs).items()),
    }
