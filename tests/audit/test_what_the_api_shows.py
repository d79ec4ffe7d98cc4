"""Every action that changes what the API shows raises the revision, and moves the time of change of the row shown.

What changed is not declared here but seen: all that the API shows of a client is compared before and after.
"""

from collections.abc import Callable
from datetime import date, timedelta
from inspect import getmembers, isfunction
from types import ModuleType
from typing import Any

import pytest
from django.db.models import Model

from commerce.accounts.models import Client
from commerce.billing import actions as billing
from commerce.billing.models import Invoice
from commerce.billing.rules import Line
from commerce.catalog import actions as catalog
from commerce.catalog.models import SharedRevision
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.hosting import actions as hosting
from commerce.hosting.models import Service
from commerce.kit.actor import SYSTEM
from commerce.orders import actions as orders
from commerce.orders.actions import carts
from commerce.orders.models import Order
from commerce.orders.wishes import ProductWish, mark_of
from commerce.payments import actions as payments
from commerce.preferences.actions import set_preference
from tests import make
from tests.audit import cases_of_changes, cases_of_payments
from tests.make.renewals import make_renewal

LATER = make.AT + timedelta(days=60)
DAY = LATER.date()
SAY: dict[str, Any] = {"at": LATER, "actor": SYSTEM}

type Act = Callable[[], object]
type Case = Callable[[Client], Act]
"""Prepares for a client, and gives back what is to be watched."""


def service(status: str, act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, service=make.make_service(client, status), **more)


def domain(status: str, act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, domain=make.make_domain(client, status), **more)


def invoice(status: str, act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, invoice=make.make_invoice(client, status), **more)


def order(status: str, act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, order=make.make_order(client, status), **more)


def prepared(act: Callable[..., object], **given: Any) -> Act:
    return lambda: act(**given, **SAY)


def paid_order(client: Client) -> Act:
    found = make.make_order(client)
    make.make_payment(found.invoice)
    return prepared(orders.activate_paid_order, invoice_id=found.invoice_id)


def full_cart(client: Client) -> Act:
    cart = carts.open_cart(at=make.AT, client=client)
    carts.add_product(cart=cart, product=make.make_product(), billing_cycle="monthly", at=make.AT)
    total = carts.quote_cart(cart, at=make.AT).sums.total
    shown = {"shown_total": total, "shown_items": mark_of(carts.wishes_of(cart))}
    form: dict[str, Any] = {"placed_by": None, "key": "form-1", **shown}
    return prepared(orders.place_cart, cart=cart, **form)


def fraud_order(client: Client) -> Act:
    found = make.make_order(client, items=[make.make_item(), make.make_domain_item()])
    orders.stop_order_as_fraud(order=found, reason="odd", at=make.AT, actor=SYSTEM)
    return prepared(orders.release_order, order=found, reason="known")


def active_order_stopped(client: Client) -> Act:
    found = make.make_order(client, "active", items=[make.make_item(), make.make_domain_item()])
    for one in Service.objects.for_client(client):
        hosting.activate_service(service=one, at=make.AT, actor=SYSTEM)
    for name in Domain.objects.for_client(client):
        domains.confirm_registration(
            domain=name,
            registration_date=date(2026, 4, 8),
            expiry_date=date(2027, 4, 8),
            at=make.AT,
            actor=SYSTEM,
        )
    return prepared(orders.stop_order_as_fraud, order=found, reason="odd")


def stopped_invoice(client: Client) -> Act:
    found = make.make_invoice(client)
    billing.stop_invoice(invoice=found, at=make.AT, actor=SYSTEM)
    return prepared(billing.release_invoice, invoice=found)


LINE = Line("Work", 700, make.VAT)
WHOLE: dict[str, Any] = {"source": "refund:1", "amount": 1200, "reason": "asked"}
CHARGED: dict[str, Any] = {"source": "payment:1", "amount": 1200}


def credit(act: Callable[..., object], **more: Any) -> Case:
    def prepare(client: Client) -> Act:
        give = {"client": client, "currency_code": "EUR", "at": make.AT, "actor": SYSTEM}
        billing.add_credit(amount=100, **give)
        return prepared(act, client=client, currency_code="EUR", **more)

    return prepare


def claim(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, claim=make_renewal(client).claims.get(), **more)


def applied_credit(client: Client) -> Act:
    found = make.make_invoice(client)
    billing.add_credit(client=client, currency_code="EUR", amount=9, at=make.AT, actor=SYSTEM)
    return prepared(billing.apply_credit, invoice=found)


def refunded(act: Callable[..., object]) -> Case:
    def prepare(client: Client) -> Act:
        found = make.make_invoice(client, "paid")
        billing.refund_to_gateway(invoice=found, at=make.AT, actor=SYSTEM, **WHOLE)
        return prepared(act, invoice=found, source="refund:1", amount=1200)

    return prepare


def charged_back(*, win: bool) -> Case:
    def prepare(client: Client) -> Act:
        found = make.make_invoice(client)
        billing.receive(invoice=found, at=make.AT, actor=SYSTEM, **CHARGED)
        if not win:
            return prepared(billing.reverse_payment, invoice=found, **CHARGED)
        billing.reverse_payment(invoice=found, at=make.AT, actor=SYSTEM, **CHARGED)
        return prepared(billing.win_reversal, invoice=found, **CHARGED)

    return prepare


def late_fee(client: Client) -> Act:
    for key, value in (("kind", "fixed"), ("amount", "EUR 5.00")):
        set_preference(key=f"billing.late_fee_{key}", value=value, at=make.AT, actor=SYSTEM)
    return prepared(billing.add_late_fee, invoice=make.make_invoice(client, "overdue"))


NEW = {"currency_code": "EUR", "amount": 500, "billing_cycle": "monthly"}
ENDED = {"cancelled_at": LATER, "next_due_date": None}
HOSTS = ("ns1.other.example", "ns2.other.example")

CASES: dict[str, Case] = {
    "hosting.create_service": lambda client: prepared(
        hosting.create_service, client=client, product=make.make_product(), **NEW
    ),
    "hosting.activate_service": service("pending", hosting.activate_service, username="jane"),
    "hosting.keep_suspended": service("suspended", hosting.keep_suspended, cause="abuse"),
    "hosting.suspend_service": service("active", hosting.suspend_service, cause="abuse"),
    "hosting.resume_service": service("suspended", hosting.resume_service),
    "hosting.cancel_service": service("active", hosting.cancel_service),
    "hosting.terminate_service": service("active", hosting.terminate_service),
    "hosting.move_service": service("active", hosting.move_service, to="cancelled", **ENDED),
    "hosting.rename_service": service("active", hosting.rename_service, label="New name"),
    "hosting.advance_due_date": service("active", hosting.advance_due_date),
    "hosting.schedule_cancellation": service(
        "active", hosting.schedule_cancellation, cancel_at=DAY
    ),
    "domains.create_domain": lambda client: prepared(
        domains.create_domain,
        client=client,
        domain_name="new.example",
        recurring_amount=1,
        currency_code="EUR",
        nameservers=HOSTS,
    ),
    "domains.choose_registrar": domain("active", domains.choose_registrar, registrar="remote"),
    "domains.mark_sent": domain("pending", domains.mark_sent, registrar="manual"),
    "domains.start_transfer": domain("pending", domains.start_transfer, registrar="manual"),
    "domains.confirm_registration": domain(
        "pending_transfer",
        domains.confirm_registration,
        registration_date=DAY,
        expiry_date=DAY + timedelta(days=365),
    ),
    "domains.renew_domain": domain("active", domains.renew_domain, expiry_date=date(2030, 1, 1)),
    "domains.expire_domain": domain("active", domains.expire_domain),
    "domains.enter_redemption": domain("expired", domains.enter_redemption),
    "domains.transfer_away": domain("active", domains.transfer_away),
    "domains.cancel_domain": domain("active", domains.cancel_domain),
    "domains.stop_as_fraud": domain("pending", domains.stop_as_fraud),
    "domains.release_from_fraud": domain("fraud", domains.release_from_fraud),
    "domains.move_domain": domain("active", domains.move_domain, to="expired"),
    "domains.set_nameservers": domain("active", domains.set_nameservers, nameservers=HOSTS),
    "domains.set_lock": domain("active", domains.set_lock, on=False),
    "domains.set_privacy": domain("active", domains.set_privacy, on=True),
    "domains.set_auto_renew": domain("active", domains.set_auto_renew, on=False),
    "domains.change_price": domain("active", domains.change_price, recurring_amount=7),
    "billing.draft_invoice": lambda client: lambda: make.make_draft(client, at=LATER),
    "billing.draft_by_hand": lambda client: prepared(
        billing.draft_by_hand, client=client, currency_code="EUR", lines=[LINE]
    ),
    "billing.change_by_hand": invoice("draft", billing.change_by_hand, lines=[LINE]),
    "billing.issue_invoice": invoice("draft", billing.issue_invoice),
    "billing.settle": invoice(
        "unpaid", billing.settle, kind="credit", source="credit:9", amount=100
    ),
    "billing.mark_overdue": invoice("unpaid", billing.mark_overdue),
    "billing.void_invoice": invoice("unpaid", billing.void_invoice, reason="mistake"),
    "billing.refund_invoice": invoice(
        "paid", billing.refund_invoice, source="payment:1", reason="asked"
    ),
    "billing.move_invoice": invoice("unpaid", billing.move_invoice, to="overdue"),
    "billing.change_draft": invoice("draft", billing.change_draft, lines=[LINE]),
    "billing.delete_draft": invoice("draft", billing.delete_draft),
    "billing.note_billed": lambda client: (
        lambda: billing.note_billed(
            invoice=make.make_draft(client), services=[make.make_service(client, at=LATER).pk]
        )
    ),
    "billing.receive": invoice("unpaid", billing.receive, source="payment:9", amount=100),
    "billing.credit_invoice": invoice("unpaid", billing.credit_invoice, amount=5, reason="late"),
    "billing.refund_to_credit": invoice("paid", billing.refund_to_credit, **WHOLE),
    "billing.refund_to_gateway": invoice("paid", billing.refund_to_gateway, **WHOLE),
    "billing.refund_failed": refunded(billing.refund_failed),
    "billing.reverse_payment": charged_back(win=False),
    "billing.win_reversal": charged_back(win=True),
    "billing.add_late_fee": late_fee,
    "billing.remind": invoice("unpaid", billing.remind, day=DAY),
    "billing.stop_invoice": invoice("unpaid", billing.stop_invoice),
    "billing.release_invoice": stopped_invoice,
    "billing.set_dunning_hold": invoice("unpaid", billing.set_dunning_hold, until=DAY),
    "billing.hold_suspension": invoice("unpaid", billing.hold_suspension, until=DAY),
    "billing.renew_client": lambda client: prepared(
        billing.renew_client, client_id=make.make_service(client).client_id, day=DAY
    ),
    "billing.move_claim": claim(billing.move_claim, to="paid"),
    "billing.waive_claim": claim(billing.waive_claim, reason="a friend"),
    "billing.release_claim": claim(billing.release_claim),
    "billing.take_back_claim": claim(billing.take_back_claim, reason="not wanted"),
    "billing.add_credit": credit(billing.add_credit, amount=5),
    "billing.remove_credit": credit(billing.remove_credit, amount=5),
    "billing.pay_out_credit": credit(billing.pay_out_credit, amount=5, reference="SEPA-1"),
    "billing.post_credit": lambda client: prepared(
        billing.post_credit,
        client_id=client.pk,
        currency_code="EUR",
        reason="downgrade",
        source="plan_change:1",
        amount=5,
    ),
    "billing.apply_credit": applied_credit,
    **cases_of_payments.CASES,
    **cases_of_changes.CASES,
    "orders.place_order": lambda client: (
        lambda: make.make_order(client, items=[make.make_item(), make.make_domain_item()], at=LATER)
    ),
    "orders.activate_order": order("pending", orders.activate_order, unpaid_because="a friend"),
    "orders.stop_order_as_fraud": active_order_stopped,
    "orders.release_order": fraud_order,
    "orders.cancel_order": order("pending", orders.cancel_order, reason="asked"),
    "orders.cancel_unpaid_order": order("pending", orders.cancel_unpaid_order, reason="asked"),
    "orders.reject_order": order("pending", orders.reject_order, reason="odd"),
    "orders.hold_order": order("pending", orders.hold_order, reason="odd"),
    "orders.note_order": order("pending", orders.note_order, notes="call first"),
    "orders.approve_order": order("pending", orders.approve_order, unpaid_because="a friend"),
    "orders.activate_paid_order": paid_order,
    "orders.place_quoted_order": lambda client: prepared(
        orders.place_quoted_order,
        wishes=[ProductWish(product_id=make.make_product().pk, billing_cycle="monthly")],
        client=client,
        placed_by=None,
        shown_total=None,
        key="form-1",
    ),
    "orders.place_cart": full_cart,
    "orders.move_order": order("pending", orders.move_order, to="cancelled"),
}

UNSEEN = {
    *("billing.change_draft", "billing.delete_draft", "billing.remind", "billing.release_claim"),
    *("billing.add_credit", "billing.remove_credit", "billing.pay_out_credit"),
    *("billing.post_credit", "billing.refund_failed"),
    *("domains.mark_sent", "domains.create_domain", "domains.choose_nameservers"),
    *("billing.draft_invoice", "billing.draft_by_hand", "billing.change_by_hand"),
    *("orders.note_order", "payments.dispute_payment"),
    *cases_of_payments.UNSEEN,
    *cases_of_changes.UNSEEN,
}
"""What the API does not show, or not yet."""

READING = {"orders.product_item", "orders.is_unpaid", "billing.due_services"}
READING |= {"billing.note_export"}  # notes that somebody read
READING |= cases_of_changes.READING


OF_NO_CLIENT = {
    *("hosting.create_server", "hosting.change_server"),
    *("domains.set_tld", "domains.set_tld_price", "domains.switch_tlds", "domains.import_tlds"),
}
"""What belongs to the whole installation."""


def own_functions(module: ModuleType) -> set[str]:
    """The actions of an app: public functions that are defined there."""
    app = module.__name__.split(".")[1]
    return {
        f"{app}.{name}"
        for name, function in getmembers(module, isfunction)
        if not name.startswith("_") and function.__module__.startswith(module.__name__)
    }


def test_no_action_is_left_out() -> None:
    apps = (hosting, domains, billing, payments, orders)
    actions = set.union(*map(own_functions, (*apps, *cases_of_changes.MODULES)))
    assert actions - READING - OF_NO_CLIENT == set(CASES)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(CASES))
def test_what_changed_says_so(name: str) -> None:
    client = make.make_client()
    act = CASES[name](client)
    client.refresh_from_db()
    before, revision = shown(client), client.revision
    act()
    client.refresh_from_db()
    after = shown(client)
    changed = {row for row, says in after.items() if before.get(row) != says}
    gone = before.keys() - after.keys()
    assert bool(changed | gone) == (name not in UNSEEN)
    if changed | gone:
        assert client.revision > revision
    stale = [row for row in changed if row[0]._default_manager.get(pk=row[1]).changed_at != LATER]  # type: ignore[attr-defined]
    assert stale == []


@pytest.mark.django_db
def test_shared_names_raise_the_shared_revision_and_move_their_rows() -> None:
    product, server = make.make_product(), make.make_server()
    number = SharedRevision.objects.get().number
    catalog.rename_product(product=product, name="Renamed", **SAY)
    hosting.change_server(server=server, hostname="other.example.net", **SAY)
    assert SharedRevision.objects.get().number == number + 2
    assert (product.changed_at, server.changed_at) == (LATER, LATER)
    assert (product.name, server.hostname) == ("Renamed", "other.example.net")


@pytest.mark.django_db
def test_the_same_name_again_changes_nothing() -> None:
    product, server = make.make_product(), make.make_server()
    number = SharedRevision.objects.get().number
    catalog.rename_product(product=product, name=product.name, **SAY)
    hosting.change_server(server=server, hostname=server.hostname, **SAY)
    assert SharedRevision.objects.get().number == number
    assert product.changed_at == make.AT


OUTSIDE = ("changed_at", "notes", "provisioning_key", "anchor_date", "remote_id")
"""Columns that no reply holds (``notes`` of an invoice apart)."""


def shown(client: Client) -> dict[tuple[type[Model], int], dict[str, Any]]:
    """All that the API shows of a client, by row."""
    found: dict[tuple[type[Model], int], dict[str, Any]] = {}
    for model, rows in (
        (Service, Service.objects.for_client(client)),
        (Domain, Domain.objects.for_client(client).shown_by_api()),
        (Invoice, Invoice.objects.for_client(client)),
        (Order, Order.objects.for_client(client)),
    ):
        for row in rows:
            says = {f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields}
            found[model, row.pk] = {k: v for k, v in says.items() if k not in OUTSIDE}
            found[model, row.pk] |= parts(row)
    return found


def parts(row: Model) -> dict[str, Any]:
    """What belongs to a row, and is shown with it."""
    if isinstance(row, Invoice):
        paid = row.payments.shown_on_invoices().order_by("pk")  # type: ignore[attr-defined]
        return {
            "notes": row.notes,
            "lines": list(row.lines.order_by("pk").values()),
            "payments": list(paid.values("pk", "gateway", "amount", "booked_at")),
        }
    if isinstance(row, Order):
        return {"items": list(row.items.order_by("pk").values())}
    return {}
