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
from commerce.billing.models import CancellationRequest, Invoice, PlanChange, SettlementEntry
from commerce.dns.models import ZoneVersion
from commerce.domains.models import DomainChange
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.orders.models import Order
from tests import make
from tests.killed.day_of_work import rows_of
from tests.make.api import call_api
from tests.make.cards import CTX
from tests.make.plan_changes import plan
from tests.make.zones import make_stored_zone, turn_zones_on

type Write = tuple[str, str, Any]
"""Method, path and body."""

DRAWN = 36
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
    group = make.make_group()
    small, large = plan(group, 500), plan(group, 900)
    services = [make.make_service(client, product=small) for _ in range(3)]
    turn_zones_on()
    zone = make_stored_zone(client, "acme.example")
    domains = [make.make_domain(client) for _ in range(4)]
    invoices = [make.make_invoice(client) for _ in range(4)]
    add_credit(client=client, currency_code="EUR", amount=10_000, ctx=CTX)
    one_of_small = {"items": [{"product_id": small.pk, "billing_cycle": "monthly"}]}
    larger = {"product_id": large.pk, "billing_cycle": "monthly"}
    target = f"/services/{services[1].pk}/plan-changes"
    once: list[Write] = [
        *(("POST", f"/invoices/{one.pk}/pay", _paid(one)) for one in invoices[:3]),
        *(("POST", f"/domains/{one.pk}/unlock", None) for one in domains[:2]),
        *(("POST", f"/domains/{one.pk}/lock", None) for one in domains[2:]),
        ("POST", f"/domains/{domains[0].pk}/renewals", {"years": 1, **charged(1200)}),
        ("POST", f"/domains/{domains[1].pk}/renewals", {"payment": "credit", **charged(1200)}),
        ("PATCH", f"/domains/{domains[2].pk}", {"auto_renew": False}),
        *(
            ("POST", "/orders", {"payment": how, **one_of_small, **charged(500)})
            for how in ("invoice", "credit", "invoice")
        ),
        ("POST", target, {**larger, **charged(_difference(plain, target, larger))}),
        *(
            ("PATCH", f"/zones/{zone.pk}/records", {"edits": [_added(f"host{number}")]})
            for number in range(3)
        ),
    ]
    return plain, _mixed(random.Random(seed), services, once)  # noqa: S311 - the same each time


def charged(amount: int) -> dict[str, Any]:
    return {"expected_total": {"amount": amount, "currency_code": "EUR"}}


def _added(name: str) -> dict[str, Any]:
    return {"op": "add", "name": name, "type": "A", "values": ["192.0.2.10"]}


def _difference(plain: str, target: str, body: Any) -> int:
    """What a plan change costs, as a dry run tells."""
    with clock.freeze_time(make.AT):
        tried = call_api(f"/api/v2{target}?dry_run=true", plain, method="POST", body=body)
    assert tried.status == 201, tried.body
    return int(tried.json["data"]["difference"])


def _mixed(draw: random.Random, services: list[Any], once: list[Write]) -> list[Write]:
    """Random writes about services, and among them what can be done once only; a cancellation and its end at last."""
    many: list[Write] = []
    while len(many) + len(once) + 2 < DRAWN:
        service = draw.choice(services)
        body = draw.choice(
            [
                {"name": f"Shop {len(many)}"},
                {"metadata": {f"k{draw.randrange(5)}": str(len(many))}},
                {"reference": f"order-{len(many)}", "metadata": {"k1": None}},
            ]
        )
        many.append(("PATCH", f"/services/{service.pk}", body))
    for one in once:
        many.insert(draw.randrange(len(many) + 1), one)
    end = f"/services/{services[0].pk}/cancellation"
    return [*many, ("POST", end, {"kind": "end_of_period"}), ("DELETE", end, None)]


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
    """One effect of each; ids of what is made are not among it, since kills leave gaps."""
    return {
        "answers": rows_of(IdempotentReply, "key_hash", "body_hash", "status"),
        "log": rows_of(AuditEntry, "action", "record_kind"),
        "services": rows_of(Service, "label", "status", "version"),
        "words": rows_of(RecordMetadata, "kind", "record_id", "key", "value"),
        # Without the record: an order's id counts attempts on PostgreSQL.
        "operations": rows_of(ApiOperation, "act", "record_kind", "carrier_kind", "outcome"),
        "changes": rows_of(DomainChange, "domain_id", "status"),
        "cancellations": rows_of(CancellationRequest, "service_id", "status"),
        "invoices": rows_of(Invoice, "number", "status", "amount_due", "version"),
        "entries": rows_of(SettlementEntry, "invoice__number", "kind", "amount"),
        "orders": rows_of(Order, "status", "total", "invoice__number"),
        "plan changes": rows_of(PlanChange, "service_id", "status", "total"),
        "zones": rows_of(ZoneVersion, "zone_id", "number"),
        "committed": rows_of(TokenCommitment, "act", "amount", "covers", "pays"),
    }
