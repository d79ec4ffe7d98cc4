"""What each action is called with, for ``test_what_the_api_shows`` and ``test_row_locks``."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.billing.credit.actions import (
    add_credit,
    apply_credit,
    pay_out_credit,
    post_credit,
    remove_credit,
)
from commerce.billing.invoices.actions.corrections import (
    credit_invoice,
    credit_open_period,
    refund_to_credit,
    refund_to_gateway,
    void_invoice,
)
from commerce.billing.invoices.actions.drafts import (
    change_draft,
    delete_draft,
)
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.manual import change_manual_draft, draft_manual_invoice
from commerce.billing.invoices.actions.reversals import (
    book_failed_refund,
    book_gateway_refund,
    book_won_reversal,
    reverse_settlement,
)
from commerce.billing.invoices.actions.sending import remind_of_invoice, send_invoice_again
from commerce.billing.invoices.actions.settlement import receive_payment, settle
from commerce.billing.invoices.actions.states import move_invoice
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.periods.actions.dunning import (
    hold_suspension,
    mark_overdue,
    release_invoice,
    send_reminder,
    set_dunning_hold,
    stop_invoice,
)
from commerce.billing.periods.actions.periods import (
    move_billed_period,
    release_period,
    waive_period,
)
from commerce.billing.periods.actions.renewals import renew_services
from commerce.domains.actions.editing import (
    change_domain_price,
    choose_registrar,
    create_domain,
    mark_domain_sent,
    set_auto_renew,
    set_nameservers,
    set_transfer_lock,
    set_whois_privacy,
)
from commerce.domains.actions.states import (
    cancel_domain,
    confirm_domain_registration,
    expire_domain,
    mark_domain_transferred_away,
    move_domain,
    move_domain_into_redemption,
    release_domain_from_fraud,
    renew_domain,
    start_domain_transfer,
    stop_domain_as_fraud,
)
from commerce.domains.models import Domain
from commerce.hosting.actions.editing import (
    advance_service_due_date,
    change_suspension_reason,
    create_service,
    schedule_service_end,
)
from commerce.hosting.actions.states import (
    activate_service,
    cancel_service,
    move_service,
    resume_service,
    suspend_service,
    terminate_service,
)
from commerce.hosting.actions.suspensions import (
    resume_service_for_staff,
    suspend_service_until,
)
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions import carts
from commerce.orders.actions.cancelling import (
    cancel_order,
    cancel_unpaid_order,
    move_order,
    reject_order,
)
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.actions.lifecycle import (
    activate_order,
    activate_paid_order,
    hold_order,
)
from commerce.orders.actions.placing import place_cart, place_cart_lines
from commerce.orders.cart_lines import ProductCartLine, cart_fingerprint
from commerce.orders.sales_quotes.actions.drafts import change_quote_draft
from commerce.orders.sales_quotes.actions.sending import withdraw_quote
from tests import make
from tests.audit import cases_of_acts, cases_of_changes, cases_of_domains, cases_of_payments
from tests.make.quotes import make_draft_quote, make_quote
from tests.make.renewals import make_renewal

LATER = make.AT + timedelta(days=60)
DAY = LATER.date()
CTX = Context(LATER, SYSTEM)

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
    return lambda: act(**given, ctx=CTX)


def held(act: Callable[..., object]) -> Callable[..., object]:
    """A part of other actions, called as they do: with its client locked and their revision raised."""

    def under_lock(**given: Any) -> object:
        owner = next(
            given[name] for name in ("client", "invoice", "service", "period") if name in given
        )
        owner = getattr(owner, "service", owner)
        bump_revision(owner.pk if isinstance(owner, Client) else owner.client_id, given["ctx"])
        return act(**given)

    return under_lock


def paid_order(client: Client) -> Act:
    found = make.make_order(client)
    make.make_payment(found.invoice)
    return prepared(activate_paid_order, invoice_id=found.invoice_id)


def full_cart(client: Client) -> Act:
    cart = carts.get_or_create_cart(at=make.AT, client=client)
    carts.add_product_to_cart(
        cart=cart, product=make.make_product(), billing_cycle="monthly", at=make.AT
    )
    quote = carts.quote_cart(cart, at=make.AT)
    shown = {
        "quote": quote,
        "shown_total": quote.sums.total,
        "shown_fingerprint": cart_fingerprint(quote.cart_lines),
    }
    form: dict[str, Any] = {"placed_by": None, "idempotency_key": "form-1", **shown}
    return prepared(place_cart, vat_refresh=None, cart=cart, **form)


def fraud_order(client: Client) -> Act:
    found = make.make_order(client, items=[make.make_item(), make.make_domain_item()])
    stop_order_as_fraud(order=found, reason="odd", ctx=Context(make.AT, SYSTEM))
    return prepared(release_order, order=found, reason="known")


def active_order_stopped(client: Client) -> Act:
    found = make.make_order(client, "active", items=[make.make_item(), make.make_domain_item()])
    for one in Service.objects.for_client(client):
        activate_service(service=one, ctx=Context(make.AT, SYSTEM))
    for name in Domain.objects.for_client(client):
        confirm_domain_registration(
            domain=name,
            registration_date=date(2026, 4, 8),
            expiry_date=date(2027, 4, 8),
            ctx=Context(make.AT, SYSTEM),
        )
    return prepared(stop_order_as_fraud, order=found, reason="odd")


def stopped_invoice(client: Client) -> Act:
    found = make.make_invoice(client)
    stop_invoice(invoice=found, ctx=Context(make.AT, SYSTEM))
    return prepared(release_invoice, invoice=found)


LINE = DraftLine("Work", 700, make.VAT)
WHOLE: dict[str, Any] = {"source": "refund:1", "amount": 1200, "reason": "asked"}


def credit(act: Callable[..., object], **more: Any) -> Case:
    def prepare(client: Client) -> Act:
        give = {"client": client, "currency_code": "EUR", "ctx": Context(make.AT, SYSTEM)}
        add_credit(amount=100, **give)
        return prepared(act, client=client, currency_code="EUR", **more)

    return prepare


def billed_period(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, period=make_renewal(client).billed_periods.get(), **more)


def applied_credit(client: Client) -> Act:
    found = make.make_invoice(client)
    add_credit(client=client, currency_code="EUR", amount=9, ctx=Context(make.AT, SYSTEM))
    return prepared(apply_credit, invoice=found)


def refunded(act: Callable[..., object]) -> Case:
    def prepare(client: Client) -> Act:
        found = make.make_invoice(client, "paid")
        whole = WHOLE | {"source": f"refund:{found.pk}"}
        refund_to_gateway(invoice=found, ctx=Context(make.AT, SYSTEM), **whole)
        return prepared(act, invoice=found, source=whole["source"])

    return prepare


def charged_back(*, win: bool) -> Case:
    def prepare(client: Client) -> Act:
        found = make.make_invoice(client)
        charged = {"invoice": found, "source": f"payment:{found.pk}", "amount": 1200}
        receive_payment(ctx=Context(make.AT, SYSTEM), **charged)
        if not win:
            return prepared(reverse_settlement, **charged)
        reverse_settlement(ctx=Context(make.AT, SYSTEM), **charged)
        return prepared(book_won_reversal, **charged)

    return prepare


NEW = {"currency_code": "EUR", "amount": 500, "billing_cycle": "monthly"}
ENDED = {"cancelled_at": LATER, "next_due_date": None}
HOSTS = ("ns1.other.example", "ns2.other.example")

CASES: dict[str, Case] = {
    **cases_of_acts.CASES,
    "hosting.create_service": lambda client: prepared(
        held(create_service), client=client, product=make.make_product(), **NEW
    ),
    "hosting.activate_service": service("pending", activate_service, username="jane"),
    "hosting.change_suspension_reason": service(
        "suspended", change_suspension_reason, suspension_reason="abuse"
    ),
    "hosting.suspend_service": service("active", suspend_service, suspension_reason="abuse"),
    "hosting.suspend_service_until": service(
        "active",
        suspend_service_until,
        suspension_reason="abuse",
        until=CTX.at.date() + timedelta(days=5),
        reason="Spam was sent.",
    ),
    "hosting.resume_service_for_staff": service("suspended", resume_service_for_staff),
    "hosting.resume_service": service("suspended", resume_service),
    "hosting.cancel_service": service("active", cancel_service),
    "hosting.terminate_service": service("active", terminate_service),
    "hosting.move_service": service("active", move_service, to="cancelled", **ENDED),
    "hosting.advance_service_due_date": service("active", held(advance_service_due_date)),
    "hosting.schedule_service_end": service("active", schedule_service_end, ends_on=DAY),
    "domains.create_domain": lambda client: prepared(
        held(create_domain),
        client=client,
        domain_name="new.example",
        recurring_amount=1,
        currency_code="EUR",
        nameservers=HOSTS,
    ),
    "domains.choose_registrar": domain("active", choose_registrar, registrar="remote"),
    "domains.mark_domain_sent": domain("pending", mark_domain_sent, registrar="manual"),
    "domains.start_domain_transfer": domain("pending", start_domain_transfer, registrar="manual"),
    "domains.confirm_domain_registration": domain(
        "pending_transfer",
        confirm_domain_registration,
        registration_date=DAY,
        expiry_date=DAY + timedelta(days=365),
    ),
    "domains.renew_domain": domain("active", renew_domain, expiry_date=date(2030, 1, 1)),
    "domains.expire_domain": domain("active", expire_domain),
    "domains.move_domain_into_redemption": domain("expired", move_domain_into_redemption),
    "domains.mark_domain_transferred_away": domain("active", mark_domain_transferred_away),
    "domains.cancel_domain": domain("active", cancel_domain),
    "domains.stop_domain_as_fraud": domain("pending", stop_domain_as_fraud),
    "domains.release_domain_from_fraud": domain("fraud", release_domain_from_fraud),
    "domains.move_domain": domain("active", move_domain, to="expired"),
    "domains.set_nameservers": domain("active", set_nameservers, nameservers=HOSTS),
    "domains.set_transfer_lock": domain("active", set_transfer_lock, locked=False),
    "domains.set_whois_privacy": domain("active", set_whois_privacy, enabled=True),
    "domains.set_auto_renew": domain("active", set_auto_renew, enabled=False),
    "domains.change_domain_price": domain("active", change_domain_price, recurring_amount=7),
    "billing.draft_invoice": lambda client: lambda: make.make_draft(client, at=LATER),
    "billing.draft_manual_invoice": lambda client: prepared(
        draft_manual_invoice, client=client, currency_code="EUR", lines=[LINE]
    ),
    "billing.change_manual_draft": invoice("draft", change_manual_draft, lines=[LINE]),
    "billing.issue_invoice": invoice("draft", issue_invoice, vat_refresh=None),
    "billing.settle": invoice("unpaid", settle, kind="credit", source="credit:9", amount=100),
    "billing.mark_overdue": invoice("unpaid", mark_overdue),
    "billing.void_invoice": invoice("unpaid", void_invoice, reason="mistake"),
    "billing.move_invoice": invoice("unpaid", held(move_invoice), to="overdue"),
    "billing.change_draft": invoice("draft", change_draft, lines=[LINE]),
    "billing.delete_draft": invoice("draft", delete_draft),
    "billing.receive_payment": invoice("unpaid", receive_payment, source="payment:9", amount=100),
    "billing.credit_invoice": invoice("unpaid", credit_invoice, amount=5, reason="late"),
    "billing.refund_to_credit": invoice("paid", refund_to_credit, **WHOLE),
    "billing.refund_to_gateway": invoice("paid", refund_to_gateway, **WHOLE),
    "billing.book_gateway_refund": invoice("paid", book_gateway_refund, **WHOLE),
    "billing.book_failed_refund": refunded(book_failed_refund),
    "billing.reverse_settlement": charged_back(win=False),
    "billing.book_won_reversal": charged_back(win=True),
    "billing.send_reminder": invoice("unpaid", send_reminder, day=DAY),
    "billing.send_invoice_again": invoice("unpaid", send_invoice_again),
    "billing.remind_of_invoice": invoice("unpaid", remind_of_invoice),
    "billing.stop_invoice": invoice("unpaid", stop_invoice),
    "billing.release_invoice": stopped_invoice,
    "billing.set_dunning_hold": invoice("unpaid", set_dunning_hold, until=DAY, reason="asked"),
    "billing.hold_suspension": invoice("unpaid", hold_suspension, until=DAY),
    "billing.renew_services": lambda client: prepared(
        renew_services, client_id=make.make_service(client).client_id, day=DAY
    ),
    "billing.move_billed_period": billed_period(held(move_billed_period), to="paid"),
    "billing.waive_period": billed_period(held(waive_period), reason="a friend"),
    "billing.release_period": billed_period(held(release_period)),
    "billing.credit_open_period": billed_period(credit_open_period, reason="not wanted"),
    "billing.add_credit": credit(add_credit, amount=5),
    "billing.remove_credit": credit(remove_credit, amount=5),
    "billing.pay_out_credit": credit(pay_out_credit, amount=5, reference="SEPA-1"),
    "billing.post_credit": lambda client: prepared(
        post_credit,
        client_id=client.pk,
        currency_code="EUR",
        reason="downgrade",
        source="plan_change:1",
        amount=5,
    ),
    "billing.apply_credit": applied_credit,
    **cases_of_payments.CASES,
    **cases_of_changes.CASES,
    **cases_of_domains.CASES,
    "orders.create_order": lambda client: (
        lambda: make.make_order(client, items=[make.make_item(), make.make_domain_item()], at=LATER)
    ),
    "orders.activate_order": order("pending", activate_order, unpaid_because="a friend"),
    "orders.stop_order_as_fraud": active_order_stopped,
    "orders.release_order": fraud_order,
    "orders.cancel_order": order("pending", cancel_order, reason="asked"),
    "orders.cancel_unpaid_order": order("pending", cancel_unpaid_order, reason="asked"),
    "orders.reject_order": order("pending", reject_order, reason="odd"),
    "orders.hold_order": order("pending", hold_order, reason="odd"),
    "orders.activate_paid_order": paid_order,
    "orders.change_quote_draft": lambda client: prepared(
        change_quote_draft, quote=make_draft_quote(client), lines=lambda _old: []
    ),
    "orders.withdraw_quote": lambda client: prepared(
        withdraw_quote, quote=make_quote(client), reason="mistake"
    ),
    "orders.place_cart_lines": lambda client: prepared(
        place_cart_lines,
        vat_refresh=None,
        cart_lines=[ProductCartLine(product_id=make.make_product().pk, billing_cycle="monthly")],
        client=client,
        placed_by=None,
        shown_total=None,
        idempotency_key="form-1",
    ),
    "orders.place_cart": full_cart,
    "orders.move_order": order("pending", move_order, to="cancelled"),
}
