"""Refunds and a dispute on one day, for processes that are killed; the gateway's side outlives them in a file."""

import json
import random
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from commerce.billing.models import CreditEntry, CreditNote, Invoice, SettlementEntry
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import (
    DisputeReport,
    GatewayPayment,
    RefundReport,
    RefundResult,
)
from commerce.payments.models import Dispute, Payment, Refund
from tests import make
from tests.doubles.gateway import FakeGateway, fake_gateway_on
from tests.killed.day_of_work import work
from tests.killed.processes import DatabaseCopy
from tests.make.proof import proof_violations

CTX = Context(make.AT, SYSTEM)
CLIENTS = "whole part fails outside credit disputed".split()


class GatewayOnDisk(FakeGateway):
    """It keeps refunds by their key in a file beside the database, so that it knows what a killed process had asked."""

    def refund(self, payment: GatewayPayment, amount: int, key: str) -> RefundResult:
        made = asked()
        made.setdefault(key, []).append(amount)
        _file().write_text(json.dumps(made))
        return RefundResult("accepted", f"r-{key}")


def _file() -> Path:
    name = str(connection.settings_dict["NAME"]).replace("/", "_")
    return Path(tempfile.gettempdir()) / f"{name}.refunds.json"


def asked() -> dict[str, list[int]]:
    """What the gateway was asked for in this world, by key."""
    return json.loads(_file().read_text()) if _file().exists() else {}


def prepare() -> None:
    """Each client has paid an invoice."""
    with fake_gateway_on():
        for name in CLIENTS:
            invoice = make.make_invoice(make.make_client(company=name))
            make.make_payment(invoice, gateway="fake", transaction_id=name)


def refund_and_dispute() -> None:
    """Staff refund, the gateway tells, a worker works; whatever was cut off is done again."""
    with fake_gateway_on(), clock.freeze_time(make.AT):
        registry.GATEWAY_CLASSES["fake"] = GatewayOnDisk
        for name, amount in (("whole", 1200), ("part", 500), ("fails", 700)):
            refund_payment(method="gateway", **_asked_of(name, amount))
        refund_payment(method="credit", **_asked_of("credit", 300))
        for minutes in (0, 12):
            work(make.AT + timedelta(minutes=minutes))
        for report in (
            RefundReport("succeeded", "whole", "r-whole", 1200, "EUR", "whole"),
            RefundReport("failed", "fails", "r-fails", 700, "EUR", "fails"),
            RefundReport("succeeded", "outside", "re_1", 400, "EUR"),
            DisputeReport("open", "disputed", "dp_1", 1200, "EUR"),
            DisputeReport("lost", "disputed", "dp_1", 1200, "EUR"),
        ):
            apply_gateway_report(gateway="fake", report=report, ctx=CTX)
        work(make.AT + timedelta(minutes=13))


def _asked_of(name: str, amount: int) -> dict[str, Any]:
    payment = Payment.objects.get(transaction_id=name)
    return {
        "payment": payment,
        "amount": amount,
        "reason": "outage",
        "idempotency_key": name,
        "ctx": CTX,
    }


def seen() -> dict[str, Any]:
    """The books, what the proof finds in them, and what the gateway was asked for."""
    jobs = Job.objects.exclude(action="refund.follow").values_list("action", "status")
    return {
        "invoices": _rows(Invoice, "client__company", "status", "amount_due"),
        "settlements": _rows(SettlementEntry, "invoice__client__company", "kind", "amount"),
        "notes": _rows(CreditNote, "invoice__client__company", "total"),
        "credit": _rows(CreditEntry, "account__client__company", "reason", "amount"),
        "payments": _rows(Payment, "transaction_id", "status"),
        "refunds": _rows(Refund, "payment__transaction_id", "amount", "method", "status"),
        "disputes": _rows(Dispute, "payment__transaction_id", "status"),
        "mails": _rows(OutgoingMail, "event", "recipient"),
        "jobs": sorted(Counter(map(str, jobs)).items()),
        "faults": proof_violations(),
        "asked": {key: sorted(set(amounts)) for key, amounts in sorted(asked().items())},
    }


def _rows(model: Any, *columns: str) -> list[list[str]]:
    return sorted([str(value) for value in row] for row in model.objects.values_list(*columns))


def play(seed: int, kills: int) -> dict[str, Any]:
    """Kill the work so many times, each world up to five times, and say whether the books came out as without."""
    folder = tempfile.mkdtemp() + "/" if connection.vendor == "sqlite" else ""
    empty = str(connection.settings_dict["NAME"])
    ready = DatabaseCopy(empty).copy(f"{folder or empty}_refunds")
    try:
        ready.act_here(prepare)
        unkilled = ready.copy(f"{folder or empty}_r0")
        _, statements = unkilled.act_here(refund_and_dispute)
        wanted = unkilled.act_here(seen)[0]
        unkilled.act_here(_forget)
        unkilled.gone()
        dice, killed, wrong = random.Random(seed), [], []  # noqa: S311 - the same points each time
        while len(killed) < kills:
            points = sorted(dice.randint(1, statements) for _ in range(min(5, kills - len(killed))))
            died, found = _life(ready, f"{folder or empty}_r{len(killed) + 1}", points)
            killed += died
            if found != wanted:
                wrong.append({"killed": died, "found": found})
    finally:
        ready.gone()
    return {"statements": statements, "killed": killed, "wanted": wanted, "wrong": wrong}


def _life(ready: DatabaseCopy, name: str, points: list[int]) -> tuple[list[int], Any]:
    """Work on a copy that is killed at these points; where it was, and what came of it."""
    world, died = ready.copy(name), []
    for before, point in zip([0, *points], points, strict=False):
        if world.act(refund_and_dispute, die_at=max(point - before, 1)) is not None:
            break
        died.append(point)
    assert world.act(refund_and_dispute) is not None
    found = world.act(seen)[0]
    world.act(_forget)
    world.gone()
    return died, found


def _forget() -> None:
    """What the gateway was asked for in this world."""
    _file().unlink(missing_ok=True)
