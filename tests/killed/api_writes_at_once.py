"""Writes of a program that four threads send at once, each five times, while its process is killed.

Numbers and versions are not among the books, since threads take them in any order (client-api-v2.md 3).
"""

import random
import threading
import time
from collections import Counter
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.db import connection

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
from commerce.billing.models import CreditEntry, Invoice
from commerce.domains.models import Domain, DomainChange
from commerce.kit import clock
from commerce.orders.models import Order
from tests import make
from tests.killed.api_writes import Write, charged
from tests.killed.day_of_work import rows_of
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX
from tests.make.draws import draws
from tests.make.plan_changes import plan

THREADS, SENT = 4, 5
_writes: list[Write] = []
_token: list[str] = []


def prepare() -> None:
    """A client and what a program will ask of them: orders, payments, renewals, locks, words of their own."""
    settings.COMMERCE_API_RATE = settings.COMMERCE_API_WRITE_RATE = (10**6, 60)
    client = make.make_client()
    token, plain = make.make_token(client, scopes=[*SCOPES])
    set_spending_limit(token=token, per_purchase=10**7, per_30_days=10**7, ctx=CTX)
    _token.append(plain)
    product = plan(make.make_group(), 500)
    service = make.make_service(client, product=product)
    item = {"items": [{"product_id": product.pk, "billing_cycle": "monthly"}]}
    draw = random.Random(3)  # noqa: S311 - the same each time
    for number in range(draws(25)):
        kind = draw.choice(["order", "pay", "renew", "lock", "auto_renew", "words", "words"])
        if kind in ("renew", "lock", "auto_renew"):
            path = f"/domains/{make.make_domain(client).pk}"
        elif kind == "pay":
            path = f"/invoices/{make.make_invoice(client).pk}/pay"
        drawn: dict[str, Write] = {
            "order": (
                "POST",
                "/orders",
                item | {"payment": draw.choice(["invoice", "credit"])} | charged(500),
            ),
            "words": (
                "PATCH",
                f"/services/{service.pk}",
                {"metadata": {f"k{number % 19}": str(number)}},
            ),
        }
        if kind == "pay":
            drawn["pay"] = ("POST", path, {"payment": "credit"} | charged(1200))
        elif kind not in drawn:
            drawn["renew"] = ("POST", f"{path}/renewals", {"payment": "credit"} | charged(1200))
            drawn["lock"] = ("POST", f"{path}/lock", None)
            drawn["auto_renew"] = ("PATCH", path, {"auto_renew": False})
        _writes.append(drawn[kind])
    # Not before there are invoices, which it would pay.
    add_credit(client=client, currency_code="EUR", amount=10**6, ctx=CTX)


def send_at_once() -> None:
    """All of them, each ``SENT`` times, by ``THREADS`` threads, which begin anew with the first ones."""
    order = [number for number in range(len(_writes)) for _ in range(SENT)]
    random.Random(4).shuffle(order)  # noqa: S311 - the same each time
    answers: list[tuple[int, bytes, bool]] = []
    failures: list[BaseException] = []
    wrappers = [*connection.execute_wrappers]  # which count what a process asks, and kill it

    def send(part: list[int]) -> None:
        try:
            with ExitStack() as stack:
                for one in wrappers:
                    stack.enter_context(connection.execute_wrapper(one))
                for number in part:
                    answer = _answer(number)
                    is_new = "idempotent-replayed" not in answer.headers
                    answers.append((number, answer.body, is_new))
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits
            failures.append(error)
        finally:
            connection.close()

    with clock.freeze_time(make.AT):
        threads = [threading.Thread(target=send, args=[order[n::THREADS]]) for n in range(THREADS)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert failures == []
    assert max(Counter(number for number, _, is_new in answers if is_new).values(), default=0) <= 1
    bodies = {(number, body) for number, body, _ in answers}
    assert len(bodies) == len(_writes)


def _answer(number: int) -> ApiAnswer:
    """The answer to one, which a thread asks for again while another one's runs."""
    method, path, body = _writes[number]
    key = {"Idempotency-Key": f"key {number}"}
    while True:
        answer = call_api(f"/api/v2{path}", _token[0], method=method, body=body, headers=key)
        if answer.status != 409 or answer.json["code"] != "idempotency.in_progress":
            assert answer.status < 300, (_writes[number], answer.body)
            return answer
        time.sleep(0.01)


def books_of_writes_at_once() -> dict[str, Any]:
    """One effect of each."""
    return {
        "answers": rows_of(IdempotentReply, "key_hash", "body_hash", "status"),
        "log": rows_of(AuditEntry, "action", "record_kind"),
        "words": rows_of(RecordMetadata, "kind", "key"),
        "operations": rows_of(ApiOperation, "act", "record_kind", "carrier_kind", "outcome"),
        "changes": rows_of(DomainChange, "domain_id", "status"),
        "domains": rows_of(Domain, "domain_name", "auto_renew", "status"),
        "invoices": rows_of(Invoice, "status", "total", "amount_due"),
        "credit": rows_of(CreditEntry, "reason", "amount"),
        "orders": rows_of(Order, "status", "total"),
        "committed": rows_of(TokenCommitment, "act", "amount", "covers", "pays"),
    }
