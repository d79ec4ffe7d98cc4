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

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.actions.clients import change_client
from commerce.accounts.models import Client
from commerce.billing.credit.actions import apply_credit
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.settlement import settle
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import set_dunning_hold
from commerce.catalog.actions.products import rename_product
from commerce.domains.actions.editing import set_nameservers, set_transfer_lock, set_whois_privacy
from commerce.domains.actions.states import (
    cancel_domain,
    confirm_domain_registration,
    expire_domain,
    mark_domain_transferred_away,
    renew_domain,
)
from commerce.domains.models import Domain
from commerce.hosting.actions.editing import (
    advance_service_due_date,
    rename_service,
    schedule_service_end,
)
from commerce.hosting.actions.servers import change_server
from commerce.hosting.actions.states import (
    activate_service,
    cancel_service,
    resume_service,
    suspend_service,
    terminate_service,
)
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.orders.actions.cancelling import cancel_order
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.actions.lifecycle import activate_order
from commerce.orders.models import Order
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.states import move_payment
from commerce.payments.models import Payment
from tests import make
from tests.make.api import call_api
from tests.make.payments import dispute_payment, refund_whole_payment

pytestmark = pytest.mark.django_db

LISTS = ("/services", "/invoices", "/orders", "/domains")


class BusyClient:
    """One client, and all that can happen to what he has; what is not allowed just now does not happen."""

    def __init__(self) -> None:
        self.client = make.make_client()
        self.server = make.make_server()
        self.number = 0

    def act(self, verb: int, which: int, at: datetime) -> None:
        self.number += 1
        verbs = [self.of_services, self.of_invoices, self.of_orders, self.of_domains, self.of_all]
        choices = verbs[verb % len(verbs)](which, Context(at, SYSTEM))
        with suppress(BusinessError):
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

    def of_services(self, which: int, ctx: Context) -> list[Callable[[], object]]:
        at = ctx.at
        service = self.pick(Service, which, at)
        return [
            lambda: make.make_service(self.client, "pending", at=at),
            lambda: activate_service(server=self.server, service=service, ctx=ctx),
            lambda: suspend_service(suspension_reason="overdue", service=service, ctx=ctx),
            lambda: resume_service(service=service, ctx=ctx),
            lambda: rename_service(label=f"Name {self.number}", service=service, ctx=ctx),
            lambda: schedule_service_end(ends_on=at.date(), service=service, ctx=ctx),
            lambda: (
                bump_revision(self.client.pk, ctx),
                advance_service_due_date(service=service, ctx=ctx),
            ),
            lambda: cancel_service(service=service, ctx=ctx),
            lambda: terminate_service(service=service, ctx=ctx),
        ]

    def of_invoices(self, which: int, ctx: Context) -> list[Callable[[], object]]:
        at = ctx.at
        invoice, payment = self.pick(Invoice, which, at), self.pick(Payment, which, at)
        return [
            lambda: make.make_invoice(self.client, at=at),
            lambda: make.make_payment(invoice, amount=100, at=at),
            lambda: make.make_payment(invoice, at=at),
            lambda: settle(
                invoice=invoice,
                kind="credit",
                source=f"credit:{self.client.pk}-{self.number}",
                amount=50,
                ctx=ctx,
            ),
            lambda: void_invoice(invoice=invoice, reason="mistake", ctx=ctx),
            lambda: dispute_payment(payment=payment, reason="bank", ctx=ctx),
            lambda: refund_whole_payment(payment=payment, reason="asked", ctx=ctx),
            lambda: move_payment(payment=payment, to="reversed", ctx=ctx),
            lambda: issue_invoice(
                vat_refresh=None, invoice=make.make_draft(self.client, at=at), ctx=ctx
            ),
            lambda: make.make_payment(invoice, amount=5000, at=at),
            lambda: credit_invoice(invoice=invoice, amount=60, reason="part", ctx=ctx),
            lambda: apply_credit(invoice=invoice, amount=30, ctx=ctx),
            lambda: set_dunning_hold(reason="asked", invoice=invoice, until=at.date(), ctx=ctx),
            lambda: refund_payment(
                method="credit",
                payment=payment,
                amount=40,
                reason="part",
                idempotency_key=f"r{self.number}",
                ctx=ctx,
            ),
        ]

    def of_orders(self, which: int, ctx: Context) -> list[Callable[[], object]]:
        order = self.pick(Order, which, ctx.at)
        return [
            lambda: make.make_order(self.client, at=ctx.at),
            lambda: activate_order(unpaid_because="known", order=order, ctx=ctx),
            lambda: stop_order_as_fraud(reason="odd", order=order, ctx=ctx),
            lambda: release_order(reason="known", order=order, ctx=ctx),
            lambda: cancel_order(reason="asked", order=order, ctx=ctx),
        ]

    def of_domains(self, which: int, ctx: Context) -> list[Callable[[], object]]:
        domain = self.pick(Domain, which, ctx.at)
        until = (ctx.at + timedelta(days=400 + self.number)).date()
        hosts = [f"ns{self.number}.example.net", "ns.example.net"]
        return [
            lambda: make.make_domain(self.client, "pending", at=ctx.at),
            lambda: make.make_domain(self.client, "pending_transfer", at=ctx.at),
            lambda: confirm_domain_registration(
                registration_date=ctx.at.date(), expiry_date=until, domain=domain, ctx=ctx
            ),
            lambda: set_nameservers(nameservers=hosts, domain=domain, ctx=ctx),
            lambda: set_transfer_lock(locked=bool(self.number % 2), domain=domain, ctx=ctx),
            lambda: set_whois_privacy(enabled=bool(self.number % 2), domain=domain, ctx=ctx),
            lambda: renew_domain(expiry_date=until, domain=domain, ctx=ctx),
            lambda: expire_domain(domain=domain, ctx=ctx),
            lambda: mark_domain_transferred_away(domain=domain, ctx=ctx),
            lambda: cancel_domain(domain=domain, ctx=ctx),
        ]

    def of_all(self, which: int, ctx: Context) -> list[Callable[[], object]]:
        product = self.pick(Service, which, ctx.at).product
        name = f"host{self.number}.example.net"
        return [
            lambda: rename_product(product=product, name=f"Plan {self.number}", ctx=ctx),
            lambda: change_server(server=self.server, hostname=name, ctx=ctx),
            lambda: change_client(client=self.client, city=f"City {self.number}", ctx=ctx),
        ]


class SyncedCopy:
    """What a caller keeps: rows by id, and single replies with their validators."""

    def __init__(self, client: Client) -> None:
        self.token = make.make_token(client)[1]
        self.rows: dict[str, dict[int, Any]] = {path: {} for path in LISTS}
        self.replies: dict[str, tuple[dict[str, str], bytes]] = {}
        self.asked: datetime | None = None

    def all_pages(self, path: str, query: str) -> list[Any]:
        found: list[Any] = []
        for page in range(1, 100):
            got = call_api(f"{path}?per_page=7&page={page}{query}", self.token).json
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
        now = call_api(target, self.token)
        assert now.status == 200
        if target in self.replies:
            had, body = self.replies[target]
            conditions = [{"If-None-Match": had["etag"]}]
            if "last-modified" in had:
                conditions.append({"If-Modified-Since": had["last-modified"]})
            for condition in conditions:
                again = call_api(target, self.token, headers=condition)
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
        with clock.freeze_time(now):
            business = BusyClient()
            copy = SyncedCopy(business.client)
        for verb, which, gap, sync in plan:
            now += timedelta(microseconds=gap)
            with clock.freeze_time(now):
                business.act(verb, which, now)
                for target in ("/me", "/orders", *first_rows(copy)):
                    copy.look_again(target)
                if sync:
                    copy.sync(now)
                    copy.is_right()

    check()


def first_rows(copy: SyncedCopy) -> list[str]:
    return [f"{path}/{pk}" for path in LISTS for pk in list(copy.rows[path])[:2]]
