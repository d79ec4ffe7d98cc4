"""A copy kept by following docs/api.md is right: by ``updated_since``, by tags, and by ``If-Modified-Since``.

Anything that a business does happens in between, at any fraction of a second.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.accounts.actions import change_client
from commerce.accounts.models import Client
from commerce.billing import actions as billing
from commerce.billing.models import Invoice
from commerce.catalog import actions as catalog
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.hosting import actions as hosting
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.orders import actions as orders
from commerce.orders.models import Order
from commerce.payments import actions as payments
from commerce.payments.models import Payment
from tests import make
from tests.make.api import call

pytestmark = pytest.mark.django_db

LISTS = ("/services", "/invoices", "/orders", "/domains")


class Business:
    """One client, and all that can happen to what he has; what is not allowed just now does not happen."""

    def __init__(self) -> None:
        self.client = make.make_client()
        self.server = make.make_server()
        self.number = 0

    def act(self, verb: int, which: int, at: datetime) -> None:
        self.number += 1
        verbs = [self.of_services, self.of_invoices, self.of_orders, self.of_domains, self.of_all]
        choices = verbs[verb % len(verbs)](which, {"at": at, "actor": SYSTEM})
        with suppress(Refused):
            choices[verb // len(verbs) % len(choices)]()

    def pick(self, model: Any, which: int, at: datetime) -> Any:
        """Some row of the client, a new one when he has none."""
        rows = list(model.objects.filter(client=self.client).order_by("pk"))
        new = {
            Service: lambda: make.make_service(self.client, server=self.server, at=at),
            Invoice: lambda: make.make_invoice(self.client, at=at),
            Order: lambda: make.make_order(self.client, at=at),
            Domain: lambda: make.make_domain(self.client, at=at),
            Payment: lambda: make.make_payment(make.make_invoice(self.client, at=at), at=at),
        }
        return rows[which % len(rows)] if rows else new[model]()

    def of_services(self, which: int, say: dict[str, Any]) -> list[Callable[[], object]]:
        one = {"service": self.pick(Service, which, say["at"])} | say
        at: datetime = say["at"]
        return [
            lambda: make.make_service(self.client, "pending", at=at),
            lambda: hosting.activate_service(server=self.server, **one),
            lambda: hosting.suspend_service(cause="overdue", **one),
            lambda: hosting.resume_service(**one),
            lambda: hosting.rename_service(label=f"Name {self.number}", **one),
            lambda: hosting.schedule_cancellation(cancel_at=at.date(), **one),
            lambda: hosting.advance_due_date(**one),
            lambda: hosting.cancel_service(**one),
            lambda: hosting.terminate_service(**one),
        ]

    def of_invoices(self, which: int, say: dict[str, Any]) -> list[Callable[[], object]]:
        at: datetime = say["at"]
        one, payment = self.pick(Invoice, which, at), self.pick(Payment, which, at)
        return [
            lambda: make.make_invoice(self.client, at=at),
            lambda: make.make_payment(one, amount=100, at=at),
            lambda: make.make_payment(one, at=at),
            lambda: billing.settle(
                invoice=one,
                kind="credit",
                source=f"credit:{self.client.pk}-{self.number}",
                amount=50,
                **say,
            ),
            lambda: billing.void_invoice(invoice=one, reason="mistake", **say),
            lambda: payments.dispute_payment(payment=payment, reason="bank", **say),
            lambda: payments.refund_payment(payment=payment, reason="asked", **say),
            lambda: payments.move_payment(payment=payment, to="reversed", **say),
            lambda: billing.issue_invoice(invoice=make.make_draft(self.client, at=at), **say),
            lambda: make.make_payment(one, amount=5000, at=at),
            lambda: billing.credit_invoice(invoice=one, amount=60, reason="part", **say),
            lambda: billing.apply_credit(invoice=one, amount=30, **say),
            lambda: billing.set_dunning_hold(invoice=one, until=at.date(), **say),
            lambda: payments.refund_payment_to_credit(
                payment=payment, amount=40, reason="part", key=f"r{self.number}", **say
            ),
        ]

    def of_orders(self, which: int, say: dict[str, Any]) -> list[Callable[[], object]]:
        one = {"order": self.pick(Order, which, say["at"])} | say
        return [
            lambda: make.make_order(self.client, at=say["at"]),
            lambda: orders.activate_order(unpaid_because="known", **one),
            lambda: orders.stop_order_as_fraud(reason="odd", **one),
            lambda: orders.release_order(reason="known", **one),
            lambda: orders.cancel_order(reason="asked", **one),
        ]

    def of_domains(self, which: int, say: dict[str, Any]) -> list[Callable[[], object]]:
        one = {"domain": self.pick(Domain, which, say["at"])} | say
        until = (say["at"] + timedelta(days=400 + self.number)).date()
        hosts = [f"ns{self.number}.example.net", "ns.example.net"]
        return [
            lambda: make.make_domain(self.client, "pending", at=say["at"]),
            lambda: make.make_domain(self.client, "pending_transfer", at=say["at"]),
            lambda: domains.confirm_registration(
                registration_date=say["at"].date(), expiry_date=until, **one
            ),
            lambda: domains.set_nameservers(nameservers=hosts, **one),
            lambda: domains.set_lock(on=bool(self.number % 2), **one),
            lambda: domains.set_privacy(on=bool(self.number % 2), **one),
            lambda: domains.renew_domain(expiry_date=until, **one),
            lambda: domains.expire_domain(**one),
            lambda: domains.transfer_away(**one),
            lambda: domains.cancel_domain(**one),
        ]

    def of_all(self, which: int, say: dict[str, Any]) -> list[Callable[[], object]]:
        product = self.pick(Service, which, say["at"]).product
        name = f"host{self.number}.example.net"
        return [
            lambda: catalog.rename_product(product=product, name=f"Plan {self.number}", **say),
            lambda: hosting.change_server(server=self.server, hostname=name, **say),
            lambda: change_client(client=self.client, city=f"City {self.number}", **say),
        ]


class Copy:
    """What a caller keeps: rows by id, and single replies with their validators."""

    def __init__(self, client: Client) -> None:
        self.token = make.make_token(client)[1]
        self.rows: dict[str, dict[int, Any]] = {path: {} for path in LISTS}
        self.replies: dict[str, tuple[dict[str, str], bytes]] = {}
        self.asked: datetime | None = None

    def all_pages(self, path: str, query: str) -> list[Any]:
        found: list[Any] = []
        for page in range(1, 100):
            got = call(f"{path}?per_page=7&page={page}{query}", self.token).json
            found += got["data"]
            if page >= got["meta"]["last_page"]:
                break
        return found

    def sync(self, now: datetime) -> None:
        """As docs/api.md says: all that changed since the last time, less a minute, merged by id."""
        query = ""
        if self.asked is not None:
            since = (self.asked.replace(microsecond=0) - timedelta(seconds=60)).isoformat()
            query = f"&updated_since={since.replace('+', '%2B')}"
        self.asked = now
        for path in LISTS:
            self.rows[path] |= {row["id"]: row for row in self.all_pages(path, query)}

    def is_right(self) -> None:
        for path in LISTS:
            assert self.rows[path] == {row["id"]: row for row in self.all_pages(path, "")}

    def look_again(self, target: str) -> None:
        """A 304 is only given for what is still the same, whichever validator is sent."""
        now = call(target, self.token)
        assert now.status == 200
        if target in self.replies:
            had, body = self.replies[target]
            conditions = [{"If-None-Match": had["etag"]}]
            if "last-modified" in had:
                conditions.append({"If-Modified-Since": had["last-modified"]})
            for condition in conditions:
                again = call(target, self.token, headers=condition)
                assert again.status in (200, 304)
                assert again.status == 200 or body == now.body, (target, condition)
            assert (had["etag"] == now.headers["etag"]) <= (body == now.body)
        self.replies[target] = (now.headers, now.body)


def test_a_copy_stays_right() -> None:
    steps = st.tuples(
        st.integers(0, 99),  # the verb
        st.integers(0, 5),  # the row
        st.sampled_from([0, 1, 300_000, 999_999, 1_000_000, 30_000_000, 3_600_000_000]),  # µs
        st.booleans(),  # then sync
    )

    @override_settings(COMMERCE_API_RATE=(10**9, 60))
    @hypothesis(max_examples=12)
    @given(st.lists(steps, min_size=8, max_size=14))
    def check(plan: list[tuple[int, int, int, bool]]) -> None:
        now = make.AT + timedelta(microseconds=400_000)
        with clock.frozen(now):
            business = Business()
            copy = Copy(business.client)
        for verb, which, gap, sync in plan:
            now += timedelta(microseconds=gap)
            with clock.frozen(now):
                business.act(verb, which, now)
                for target in ("/me", "/orders", *first_rows(copy)):
                    copy.look_again(target)
                if sync:
                    copy.sync(now)
                    copy.is_right()

    check()


def first_rows(copy: Copy) -> list[str]:
    return [f"{path}/{pk}" for path in LISTS for pk in list(copy.rows[path])[:2]]
