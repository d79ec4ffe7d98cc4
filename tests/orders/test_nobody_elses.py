"""What is done to one order or client leaves the next one's alone (catalog-and-orders.md 8, accounts.md 2)."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import Invoice
from commerce.catalog.actions.products import set_stock
from commerce.catalog.models import Product, Stock
from commerce.domains.actions.states import confirm_domain_registration
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.money import Money
from commerce.orders.actions.account_closing import close_client_account
from commerce.orders.actions.auth_codes import (
    reencrypt_auth_codes,
    reveal_auth_code,
    store_auth_code,
)
from commerce.orders.actions.cancelling import (
    cancel_order,
    cancel_order_without_invoice,
    cancel_unpaid_order,
)
from commerce.orders.actions.fraud import may_create_service, release_order, stop_order_as_fraud
from commerce.orders.actions.lifecycle import (
    activate_paid_order,
    hold_order,
    set_order_notes,
)
from commerce.orders.models import Order, OrderItem
from commerce.site_settings.encryption import key_ring
from tests import make
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
LATER = make.AT + timedelta(minutes=10)


def states_of(client: Client) -> list[tuple[str, str]]:
    """Each order, service and name of a client, and its state."""
    return [
        (model.__name__, row.status)
        for model in (Order, Service, Domain)
        for row in model._default_manager.filter(client=client).order_by("pk")
    ]


# --- Closing ---


def test_what_another_client_has_neither_keeps_one_open_nor_ends_with_him() -> None:
    gone, stays = make.make_client(), make.make_client()
    for client in (gone, stays):
        make.make_order(client)
        make.make_order(client, "fraud")
        make_renewal(client)
        make.make_domain(client)
        add_credit(client=client, currency_code="EUR", amount=7, ctx=CTX)
    close: dict[str, Any] = {"reason": "left", "ctx": Context(RENEWED_AT, SYSTEM)}
    with pytest.raises(BusinessError, match="2 open orders, 3 services, 1 domain, 3 open invoices"):
        close_client_account(client=gone, **close)
    before = states_of(stays)
    assert close_client_account(client=gone, end_everything=True, **close) == [Money(7, "EUR")]
    assert states_of(stays) == before
    assert {state for _, state in states_of(gone)} == {"cancelled"}
    assert Invoice.objects.for_client(stays).open().count() == 3
    gone.refresh_from_db()
    stays.refresh_from_db()
    assert (gone.status, stays.status) == ("closed", "active")


# --- Codes of transfers ---


def transfers() -> list[Domain]:
    """Two names that are to be moved here, the orders of two clients, each with a code."""
    for name, code in (("one.example", "first-code"), ("two.example", "second-code")):
        order = make.make_order(items=[make.make_domain_item(action="transfer", domain=name)])
        order.items.update(auth_code=key_ring().encrypt(code))
    return list(Domain.objects.order_by("pk"))


def test_the_code_of_one_name_is_shown_and_forgotten_and_no_other() -> None:
    first, second = transfers()
    revisions = [name.client.revision for name in (first, second)]
    assert reveal_auth_code(domain=second, ctx=CTX) == "second-code"
    entry = AuditEntry.objects.get(action="domain.code_revealed")
    assert (entry.record_kind, entry.record_id, entry.client_id) == (
        *("domain", second.pk, second.client_id),
    )
    assert entry.staff_only
    store_auth_code(second.pk, "", CTX)
    assert reveal_auth_code(domain=first, ctx=CTX) == "first-code"
    with pytest.raises(BusinessError, match="No authorization code is stored for"):
        reveal_auth_code(domain=second, ctx=CTX)
    store_auth_code(second.pk, "", CTX)
    raised = [
        Client.objects.get(pk=name.client_id).revision - revision
        for name, revision in zip((first, second), revisions, strict=True)
    ]
    assert raised[0] == 0
    assert raised[1] > 0
    assert reencrypt_auth_codes(CTX) == 1


# --- Held, noted, paid ---


def test_one_pending_order_is_held() -> None:
    order, other = make.make_order(), make.make_order()
    hold_order(order=order, reason="odd", ctx=Context(LATER, SYSTEM))
    assert (order.on_hold, order.hold_reason, order.changed_at) == (True, "odd", LATER)
    other.refresh_from_db()
    assert (other.on_hold, other.hold_reason) == (False, "")
    entry = AuditEntry.objects.get(action="order.held")
    assert (entry.record_kind, entry.record_id, entry.client_id) == (
        *("order", order.pk, order.client_id),
    )
    assert entry.staff_only
    active = make.make_order(status="active")
    with pytest.raises(StateConflict, match=r"isn.t pending"):
        hold_order(order=active, reason="late", ctx=CTX)


def test_notes_of_staff_are_one_orders() -> None:
    order, other = make.make_order(), make.make_order()
    for notes in ("nnnnnn", " called \n", "called"):
        set_order_notes(order=order, notes=notes, ctx=CTX)
    assert order.notes == "called"
    other.refresh_from_db()
    assert other.notes == ""
    noted = AuditEntry.objects.filter(action="order.noted").order_by("pk")
    assert [(one.before["notes"][:3], one.after["notes"][:6]) for one in noted] == [
        ("", "nnnnnn"),
        ("nnn", "called"),
    ]
    assert {(one.record_kind, one.record_id, one.client_id, one.staff_only) for one in noted} == {
        ("order", order.pk, order.client_id, True)
    }


def test_a_paid_invoice_starts_its_own_order() -> None:
    order, other = make.make_order(), make.make_order()
    make.make_payment(other.invoice)
    for number in (order.invoice_id, other.invoice_id, 987_654):
        activate_paid_order(invoice_id=number or 0, ctx=CTX)
    order.refresh_from_db()
    other.refresh_from_db()
    assert (order.status, other.status) == ("pending", "active")


# --- Cancelled, stopped, released ---


def test_a_cancelled_order_takes_nothing_of_another_with_it() -> None:
    items = [make.make_item(), make.make_domain_item()]
    order = make.make_order(items=items)
    product = Product.objects.get()
    other = make.make_order(
        order.client, items=[make.make_item(product=product), make.make_domain_item()]
    )
    set_stock(product=product, units=5, ctx=CTX)
    OrderItem.objects.filter(product=product).update(stock_taken=1)
    OrderItem.objects.exclude(product=product).update(auth_code="sealed")
    cancel_order(order=order, reason="why", ctx=Context(LATER, SYSTEM))
    other.refresh_from_db()
    assert (order.status, other.status) == ("cancelled", "pending")
    assert states_of(order.client)[2:] == [
        *[("Service", "cancelled"), ("Service", "pending")],
        *[("Domain", "cancelled"), ("Domain", "pending")],
    ]
    assert Stock.objects.get().left == 6
    taken = OrderItem.objects.filter(product=product).order_by("pk")
    assert list(taken.values_list("stock_taken", flat=True)) == [0, 1]
    sealed = OrderItem.objects.exclude(product=product).order_by("pk")
    assert list(sealed.values_list("auth_code", flat=True)) == ["", "sealed"]
    moved = AuditEntry.objects.get(action__startswith="order.", after__status="cancelled")
    assert (moved.record_id, moved.client_id, moved.reason) == (order.pk, order.client_id, "why")
    with pytest.raises(StateConflict):
        cancel_order(order=order, reason="why", ctx=CTX)


@pytest.mark.parametrize("paid", [False, True])
def test_only_an_unpaid_order_is_given_up(*, paid: bool) -> None:
    order = make.make_order()
    if paid:
        make.make_payment(order.invoice)
        with pytest.raises(StateConflict, match="This order can no longer be canceled"):
            cancel_unpaid_order(order=order, reason="late", ctx=CTX)
    else:
        cancel_unpaid_order(order=order, reason="late", ctx=CTX)
    order.refresh_from_db()
    assert order.status == ("pending" if paid else "cancelled")


def test_an_invoice_that_stands_ends_no_order() -> None:
    order = make.make_order()
    for number in (order.invoice_id, 987_654):
        cancel_order_without_invoice(invoice_id=number or 0, ctx=CTX)
    order.refresh_from_db()
    assert order.status == "pending"


def test_one_order_is_stopped_and_released() -> None:
    items = [make.make_item(), make.make_domain_item()]
    order, other = make.make_order(items=items), make.make_order()
    stop_order_as_fraud(order=order, reason="odd", ctx=Context(LATER, SYSTEM))
    other.refresh_from_db()
    assert (order.status, other.status) == ("fraud", "pending")
    assert order.invoice is not None
    assert other.invoice is not None
    stopped = [Invoice.objects.get(pk=pk).is_stopped for pk in (order.invoice_id, other.invoice_id)]
    assert stopped == [True, False]
    his, hers = (Service.objects.get(order_unit__item__order=one) for one in (order, other))
    assert [may_create_service(one.pk, {}) for one in (his, hers)] == [False, True]
    assert Domain.objects.get().status == "fraud"
    release_order(order=order, reason="known", ctx=Context(LATER, SYSTEM))
    order.refresh_from_db()
    assert order.status == "pending"
    assert (Domain.objects.get().status, may_create_service(his.pk, {})) == ("pending", True)
    with pytest.raises(StateConflict):
        release_order(order=order, reason="known", ctx=CTX)


def test_a_domain_of_an_active_order_that_is_stopped_is_not_renewed_by_itself() -> None:
    order = make.make_order(items=[make.make_domain_item()], status="active")
    day = make.AT.date()
    for name in Domain.objects.all():
        confirm_domain_registration(
            domain=name, registration_date=day, expiry_date=day.replace(year=2027), ctx=CTX
        )
    Domain.objects.update(auto_renew=True)
    elsewhere = make.make_domain()
    stop_order_as_fraud(order=order, reason="odd", ctx=Context(LATER, SYSTEM))
    name = Domain.objects.exclude(pk=elsewhere.pk).get()
    assert (name.status, name.auto_renew) == ("active", False)
    elsewhere.refresh_from_db()
    assert elsewhere.auto_renew
