"""Writes of a program over the API, for processes that are killed: it sends each again until it has an answer.

Each is sent once more then, and must be answered with the same bytes (client-api-v2.md 3).
"""

import random
from typing import Any

from django.conf import settings

from commerce.accounts.actions.api_writes.spending import set_spending_limit
from commerce.accounts.models import (
    SCOPES,
    ApiOperation,
    IdempotentReply,
    RecordMetadata,
    TokenCommitment,
)
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import CancellationRequest, Invoice, SettlementEntry
from commerce.domains.models import DomainChange
from commerce.hosting.models import Service
from commerce.kit import clock
from tests import make
from tests.killed.day_of_work import rows_of
from tests.make.api import call_api
from tests.make.cards import CTX

type Write = tuple[str, str, Any]
"""Method, path and body."""

DRAWN = 30
_writes: list[Write] = []
_token: list[str] = []


def prepare() -> None:
    """What a program will ask of a client, and without a limit for how often."""
    settings.COMMERCE_API_RATE = settings.COMMERCE_API_WRITE_RATE = (10**6, 60)
    plain, writes = make_writes(5)
    _token.append(plain)
    _writes.extend(writes)


def make_writes(seed: int) -> tuple[str, list[Write]]:
    """A client with services, domains, open invoices and credit: the plain token of a program, and random writes to
    them.
    """
    client = make.make_client()
    token, plain = make.make_token(client, scopes=[*SCOPES])
    set_spending_limit(token=token, per_purchase=10**6, per_30_days=10**6, ctx=CTX)
    services = [make.make_service(client) for _ in range(3)]
    domains = [make.make_domain(client) for _ in range(4)]
    invoices = [make.make_invoice(client) for _ in range(4)]
    add_credit(client=client, currency_code="EUR", amount=10_000, ctx=CTX)
    return plain, _drawn(seed, services, domains, invoices)


def _drawn(seed: int, services: list[Any], domains: list[Any], invoices: list[Any]) -> list[Write]:
    """Random writes; what can be done once only stands once among them."""
    draw = random.Random(seed)  # noqa: S311 - the same each time
    once: list[Write] = [
        *(("POST", f"/invoices/{one.pk}/pay", _paid(one)) for one in invoices[:3]),
        *(("POST", f"/domains/{one.pk}/unlock", None) for one in domains[:2]),
        *(("POST", f"/domains/{one.pk}/lock", None) for one in domains[2:]),
        ("POST", f"/services/{services[0].pk}/cancellation", {"kind": "end_of_period"}),
        ("DELETE", f"/services/{services[0].pk}/cancellation", None),
    ]
    many: list[Write] = []
    while len(many) + len(once) < DRAWN:
        service = draw.choice(services)
        body = draw.choice(
            [
                {"name": f"Shop {len(many)}"},
                {"metadata": {f"k{draw.randrange(5)}": str(len(many))}},
                {"reference": f"order-{len(many)}", "metadata": {"k1": None}},
            ]
        )
        many.append(("PATCH", f"/services/{service.pk}", body))
    for one in once[:-2]:
        many.insert(draw.randrange(len(many)), one)
    return [*many, *once[-2:]]


def _paid(invoice: Invoice) -> dict[str, Any]:
    expected = {"amount": invoice.amount_due, "currency_code": invoice.currency_id}
    return {"payment": "credit", "expected_total": expected}


def send_writes() -> None:
    """All in their order, from the first on: what was answered before is answered again."""
    with clock.freeze_time(make.AT):
        for number, write in enumerate(_writes):
            method, path, body = write
            first, again = (
                call_api(
                    f"/api/v2{path}",
                    _token[0],
                    method=method,
                    body=body,
                    headers={"Idempotency-Key": f"key {number}"},
                )
                for _ in range(2)
            )
            assert first.status < 300, (write, first.body)
            assert (again.status, again.body) == (first.status, first.body), write
            assert again.headers["idempotent-replayed"] == "true"


def books_of_writes() -> dict[str, Any]:
    """One effect of each; ids that are drawn are not among it."""
    return {
        "answers": rows_of(IdempotentReply, "key_hash", "body_hash", "status"),
        "log": rows_of(AuditEntry, "action", "record_kind", "record_id"),
        "services": rows_of(Service, "pk", "label", "status", "version"),
        "words": rows_of(RecordMetadata, "kind", "record_id", "key", "value"),
        "operations": rows_of(ApiOperation, "act", "record_kind", "record_id", "carrier_kind"),
        "changes": rows_of(DomainChange, "domain_id", "status"),
        "cancellations": rows_of(CancellationRequest, "service_id", "status"),
        "invoices": rows_of(Invoice, "pk", "status", "amount_due", "version"),
        "entries": rows_of(SettlementEntry, "invoice_id", "kind", "amount"),
        "committed": rows_of(TokenCommitment, "act", "amount", "debt_id", "pays"),
    }
