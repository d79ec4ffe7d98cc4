"""S1: all pairs of states of every entity are tried; those that its table does not list change nothing."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import models, transaction

from commerce.accounts.bulk_actions.rules import BULK_MOVES
from commerce.accounts.data_export.rules import EXPORT_MOVES
from commerce.accounts.erasure.rules import ERASURE_MOVES
from commerce.accounts.models import ApiToken, Client, DataExport, Erasure, Invitation, StaffToken
from commerce.accounts.models.bulk_actions import BulkAction
from commerce.accounts.rules import CLIENT_MOVES, INVITATION_MOVES, TOKEN_MOVES
from commerce.audit.models import AuditEntry
from commerce.audit.states import AllowedMoves, move
from commerce.billing.books.rules import MONTH_MOVES
from commerce.billing.changes.cancellations.actions import move_cancellation
from commerce.billing.changes.cancellations.rules import CANCELLATION_MOVES
from commerce.billing.changes.plan_changes.actions.requests import move_plan_change
from commerce.billing.changes.plan_changes.rules import PLAN_CHANGE_MOVES
from commerce.billing.changes.price_changes.rules import PRICE_CHANGE_MOVES
from commerce.billing.invoices.actions.states import move_invoice
from commerce.billing.invoices.rules import INVOICE_MOVES, INVOICE_REVERSAL_MOVES
from commerce.billing.models import (
    BilledPeriod,
    BooksMonth,
    CancellationRequest,
    Invoice,
    PlanChange,
    PriceChange,
    Reminder,
)
from commerce.billing.periods.rules import BILLED_PERIOD_MOVES
from commerce.catalog.actions.products import set_product_status
from commerce.catalog.models import Product
from commerce.catalog.rules import PRODUCT_MOVES
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.rules import STATEMENT_MOVES
from commerce.dns.models import Zone
from commerce.dns.rules import ZONE_MOVES
from commerce.domains.actions.states import move_domain
from commerce.domains.models import Domain, DomainChange
from commerce.domains.rules import CHANGE_MOVES, DOMAIN_MOVES
from commerce.hosting.actions.states import move_service
from commerce.hosting.models import Service
from commerce.hosting.rules import SERVICE_MOVES
from commerce.jobs.models import Job
from commerce.jobs.rules import JOB_MOVES
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.mail.models import OutgoingMail
from commerce.mail.rules import MAIL_MOVES
from commerce.orders.actions.cancelling import move_order
from commerce.orders.actions.carts import get_or_create_cart
from commerce.orders.models import Cart, Order, SalesQuote
from commerce.orders.rules import CART_MOVES, ORDER_MOVES, QUOTE_MOVES
from commerce.orders.sales_quotes.actions.accepting import move_quote
from commerce.payments.actions.states import move_payment
from commerce.payments.models import (
    Attempt,
    CardSetup,
    Dispute,
    GatewayEvent,
    Payment,
    Refund,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.payments.rules import (
    ATTEMPT_MOVES,
    CARD_SETUP_MOVES,
    DISPUTE_MOVES,
    GATEWAY_EVENT_MOVES,
    PAYMENT_MOVES,
    REFUND_MOVES,
    TRANSFER_NOTICE_MOVES,
    UNALLOCATED_PAYMENT_MOVES,
)
from commerce.runs.models import DailyRunStep
from commerce.runs.rules import RUN_STEP_MOVES
from commerce.webhook_endpoints.models import WebhookEndpoint
from commerce.webhook_endpoints.rules import ENDPOINT_MOVES
from tests import make
from tests.audit import cases_of_domains
from tests.audit.cases_of_payments import a_month
from tests.audit.first_rows import (
    DAY,
    a_gateway_event,
    a_job,
    a_mail,
    a_period,
    a_reminder,
    a_staff_token,
    a_step,
    a_zone,
    an_asked_export,
    an_endpoint,
    an_erasure,
    an_invitation,
    asked,
    of_payments,
)
from tests.house.test_states import states_of, with_state
from tests.make.bulk_actions import make_bulk_action
from tests.make.payments import dispute_payment
from tests.make.quotes import OF_SENT, make_draft_quote
from tests.make.statements import state

LATER = make.AT + timedelta(days=40)


@dataclass(frozen=True)
class EntityCase:
    """An entity: its model, its table, how a row of it is made, moved, and what its states need beside them."""

    model: type[models.Model]
    moves: AllowedMoves
    make: Callable[[], models.Model]
    move: Callable[[Any, str, dict[str, Any]], object]
    beside: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.model.__name__

    def in_state(self, state: str) -> models.Model:
        """A real row in a state, whatever way leads there."""
        row = self.make()
        rows = type(row)._default_manager.filter(pk=row.pk)
        rows.update(status=state, **self.beside.get(state, {}))
        row.refresh_from_db()
        return row


def by(noun: str, act: Callable[..., object]) -> Callable[[Any, str, dict[str, Any]], object]:
    return lambda row, to, beside: act(**{noun: row}, to=to, ctx=Context(LATER, SYSTEM), **beside)


def product_status(row: Any, state: str, beside: dict[str, Any]) -> None:
    set_product_status(product=row, status=state, ctx=Context(LATER, SYSTEM), **beside)


def plainly(allowed: AllowedMoves) -> Callable[[Any, str, dict[str, Any]], object]:
    """Entities whose actions each go one way only: the table itself, through the one function that moves."""
    return lambda row, to, beside: move(
        row, to, allowed=allowed, ctx=Context(LATER, SYSTEM), client_id=None, **beside
    )


ENDED = {"next_due_date": None}
REGISTERED = {"registration_date": date(2026, 4, 8), "expiry_date": DAY, "next_due_date": DAY}
CLOSED = {"closed_at": make.AT, "ends_at": make.AT}
PAID = {"amount_due": 0, "paid_at": make.AT}
SUSPENDED = {"suspended_at": make.AT, "suspension_reason": "staff", "next_due_date": DAY}

ENTITIES = [
    EntityCase(
        Job,
        JOB_MOVES,
        a_job,
        plainly(JOB_MOVES),
        {
            "running": {"claim": "worker", "lease_until": LATER},
            "waiting": {"next_try_at": LATER},
        },
    ),
    EntityCase(Client, CLIENT_MOVES, make.make_client, plainly(CLIENT_MOVES)),
    EntityCase(Invitation, INVITATION_MOVES, an_invitation, plainly(INVITATION_MOVES)),
    EntityCase(BulkAction, BULK_MOVES, make_bulk_action, plainly(BULK_MOVES)),
    EntityCase(
        DataExport,
        EXPORT_MOVES,
        an_asked_export,
        plainly(EXPORT_MOVES),
        {"ready": {"content": b"PK", "expires_at": LATER}, "expired": {"content": None}},
    ),
    EntityCase(
        Erasure,
        ERASURE_MOVES,
        an_erasure,
        plainly(ERASURE_MOVES),
        {state: {"ended_at": make.AT} for state in ("done", "withdrawn")},
    ),
    EntityCase(ApiToken, TOKEN_MOVES, lambda: make.make_token()[0], plainly(TOKEN_MOVES)),
    EntityCase(WebhookEndpoint, ENDPOINT_MOVES, an_endpoint, plainly(ENDPOINT_MOVES)),
    EntityCase(StaffToken, TOKEN_MOVES, a_staff_token, plainly(TOKEN_MOVES)),
    EntityCase(Product, PRODUCT_MOVES, make.make_product, product_status),
    EntityCase(
        Service,
        SERVICE_MOVES,
        lambda: make.make_service(status="pending"),
        by("service", move_service),
        {
            "active": {"next_due_date": DAY},
            "suspended": SUSPENDED,
            "cancelled": {"cancelled_at": make.AT, **ENDED},
            "terminated": {"terminated_at": make.AT, **ENDED},
        },
    ),
    EntityCase(
        Domain,
        DOMAIN_MOVES,
        lambda: make.make_domain(status="pending"),
        by("domain", move_domain),
        {
            "active": REGISTERED,
            "expired": REGISTERED,
            "redemption": REGISTERED,
            "pending": ENDED,
            "transferred_away": ENDED,
            "cancelled": ENDED,
            "fraud": ENDED,
        },
    ),
    EntityCase(Zone, ZONE_MOVES, a_zone, plainly(ZONE_MOVES), {"ended": {"ended_at": make.AT}}),
    EntityCase(
        DomainChange,
        CHANGE_MOVES,
        lambda: cases_of_domains.asked(make.make_domain()),
        plainly(CHANGE_MOVES),
        {state: {"ended_at": make.AT} for state in ("done", "failed")},
    ),
    EntityCase(
        Order,
        ORDER_MOVES,
        make.make_order,
        by("order", move_order),
        {"active": {"activated_at": make.AT}},
    ),
    EntityCase(Payment, PAYMENT_MOVES, make.make_payment, by("payment", move_payment)),
    EntityCase(
        *(Cart, CART_MOVES, lambda: get_or_create_cart(client=make.make_client(), at=make.AT)),
        plainly(CART_MOVES),
    ),
    EntityCase(
        OutgoingMail,
        MAIL_MOVES,
        a_mail,
        plainly(MAIL_MOVES),
        {"sent": {"sent_at": make.AT}, "bounced": {"sent_at": make.AT}},
    ),
    EntityCase(DailyRunStep, RUN_STEP_MOVES, a_step, plainly(RUN_STEP_MOVES)),
    EntityCase(BilledPeriod, BILLED_PERIOD_MOVES, a_period, plainly(BILLED_PERIOD_MOVES)),
    EntityCase(
        PlanChange,
        PLAN_CHANGE_MOVES,
        lambda: asked(PlanChange, amount=1, credit=0, charge=1, billing_cycle="monthly"),
        by("change", move_plan_change),
    ),
    EntityCase(
        CancellationRequest,
        CANCELLATION_MOVES,
        lambda: asked(CancellationRequest, kind="immediate", reason="Too dear"),
        by("request", move_cancellation),
    ),
    EntityCase(
        ConsumerStatement,
        STATEMENT_MOVES,
        lambda: state(about=make.make_service()),
        plainly(STATEMENT_MOVES),
        {"carried_out": {"ends_on": DAY}},
    ),
    EntityCase(
        PriceChange,
        PRICE_CHANGE_MOVES,
        lambda: asked(PriceChange, old_amount=1, amount=2, from_date=DAY),
        plainly(PRICE_CHANGE_MOVES),
    ),
    EntityCase(SalesQuote, QUOTE_MOVES, make_draft_quote, by("quote", move_quote), OF_SENT),
    EntityCase(Reminder, {}, a_reminder, plainly({})),
    EntityCase(Attempt, ATTEMPT_MOVES, lambda: of_payments(Attempt), plainly(ATTEMPT_MOVES)),
    EntityCase(
        CardSetup,
        CARD_SETUP_MOVES,
        lambda: of_payments(CardSetup),
        plainly(CARD_SETUP_MOVES),
    ),
    EntityCase(
        TransferNotice,
        TRANSFER_NOTICE_MOVES,
        lambda: of_payments(TransferNotice),
        plainly(TRANSFER_NOTICE_MOVES),
    ),
    EntityCase(GatewayEvent, GATEWAY_EVENT_MOVES, a_gateway_event, plainly(GATEWAY_EVENT_MOVES)),
    EntityCase(
        Dispute,
        DISPUTE_MOVES,
        lambda: dispute_payment(
            payment=make.make_payment(), reason="unknown", ctx=Context(make.AT, SYSTEM)
        ),
        plainly(DISPUTE_MOVES),
        {"won": {"closed_at": make.AT}, "lost": {"closed_at": make.AT}},
    ),
    EntityCase(Refund, REFUND_MOVES, lambda: of_payments(Refund), plainly(REFUND_MOVES)),
    EntityCase(BooksMonth, MONTH_MOVES, a_month, plainly(MONTH_MOVES), {"closed": CLOSED}),
    EntityCase(
        UnallocatedPayment,
        UNALLOCATED_PAYMENT_MOVES,
        lambda: of_payments(UnallocatedPayment),
        plainly(UNALLOCATED_PAYMENT_MOVES),
        {"assigned": {"transaction_id": None}},
    ),
]


def first_states(entities: list[EntityCase]) -> list[Any]:
    return [
        pytest.param(entity, old, id=f"{entity}-{old}")
        for entity in entities
        for old in states_of(entity.model)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("entity", "old"), first_states(ENTITIES))
def test_all_pairs(entity: EntityCase, old: str) -> None:
    """Each move is undone: the next one finds the row as it was made."""
    row = entity.in_state(old)
    for new in states_of(entity.model):
        with transaction.atomic():
            tried(entity, copy(row), old, new)
            transaction.set_rollback(True)


INVOICES = [
    EntityCase(Invoice, INVOICE_MOVES, make.make_draft, by("invoice", move_invoice)),
    EntityCase(
        Invoice,
        INVOICE_REVERSAL_MOVES,
        make.make_draft,
        by("invoice", lambda **say: move_invoice(moves=INVOICE_REVERSAL_MOVES, **say)),
    ),
]
BESIDE: dict[str, dict[str, Any]] = {
    "draft": {},
    "unpaid": {"amount_due": 1200, "paid_at": None},
    "overdue": {"amount_due": 1200, "paid_at": None},
    "paid": PAID,
    "cancelled": {"amount_due": 0},
    "refunded": {"amount_due": 0},
}
ISSUED = {"number": "INV-0001", "issue_date": DAY, "due_date": DAY, "issued_at": make.AT}


@pytest.mark.django_db
@pytest.mark.parametrize(("entity", "old"), first_states(INVOICES))
def test_all_pairs_of_an_invoice(entity: EntityCase, old: str) -> None:
    """An issued invoice is in each state by its own actions: the database lets nothing else make one."""
    row = make.make_invoice(status=old)
    for new in states_of(Invoice):
        beside = BESIDE[new] | (ISSUED if old == "draft" else {})
        with transaction.atomic():
            tried(entity, copy(row), old, new, beside)
            transaction.set_rollback(True)


def tried(
    entity: EntityCase, row: models.Model, old: str, new: str, beside: dict[str, Any] | None = None
) -> None:
    """Move the row, and compare with the table."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    before, entries = rows.values().get(), AuditEntry.objects.count()
    beside = entity.beside.get(new, {}) if beside is None else beside
    if new in entity.moves.get(old, ()):
        entity.move(row, new, beside)
        assert rows.values().get() == before | {"status": new} | changed(rows, beside)
        entry = AuditEntry.objects.latest("id")
        assert (entry.before, entry.after["status"]) == ({"status": old}, new)
        assert entry.after.keys() <= {"status", "server_id", *beside}
        return
    with pytest.raises(StateConflict):
        entity.move(row, new, beside)
    assert rows.values().get() == before
    assert AuditEntry.objects.count() == entries


def changed(rows: Any, beside: dict[str, Any]) -> dict[str, Any]:
    """What a move may change beside the state: what was given with it, the time of change, and when a name that was
    changed is compared with its registrar.
    """
    now = rows.values().get()
    return {
        key: now[key]
        for key in (*beside, "changed_at", "next_sync_at", "version", "event_sequence")
        if key in now
    }


def test_every_entity_with_states_is_tried() -> None:
    assert set(with_state()) == {entity.model for entity in (*ENTITIES, *INVOICES)}


def test_tables_name_only_states_that_exist() -> None:
    for entity in (*ENTITIES, *INVOICES):
        known = set(states_of(entity.model))
        named = set(entity.moves) | {new for news in entity.moves.values() for new in news}
        assert named <= known, entity
