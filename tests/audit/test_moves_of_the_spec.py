"""The tables by which states move are those of invariants.md 3, written down here a second time."""

from collections.abc import Mapping

from commerce.accounts import rules as accounts
from commerce.accounts.bulk_actions.rules import BULK_MOVES
from commerce.accounts.data_export.rules import EXPORT_MOVES
from commerce.accounts.erasure.rules import ERASURE_MOVES
from commerce.audit.states import AllowedMoves
from commerce.billing.books.rules import MONTH_MOVES
from commerce.billing.changes.cancellations.rules import CANCELLATION_MOVES
from commerce.billing.changes.plan_changes.rules import PLAN_CHANGE_MOVES
from commerce.billing.changes.price_changes.rules import PRICE_CHANGE_MOVES
from commerce.billing.invoices.rules import INVOICE_MOVES, INVOICE_REVERSAL_MOVES
from commerce.billing.periods.rules import BILLED_PERIOD_MOVES
from commerce.catalog import rules as catalog
from commerce.consumers.rules import STATEMENT_MOVES
from commerce.domains import rules as domains
from commerce.hosting import rules as hosting
from commerce.jobs import rules as jobs
from commerce.mail import rules as mail
from commerce.orders import rules as orders
from commerce.payments import rules as payments
from commerce.runs.rules import RUN_STEP_MOVES
from commerce.webhook_endpoints.rules import ENDPOINT_MOVES
from tests.audit.test_transitions import ENTITIES, INVOICES

type Table = Mapping[str, str]
"""From which state to which others, as the spec writes it."""

WRITTEN: list[tuple[str, AllowedMoves, Table]] = [
    (
        "Client",
        accounts.CLIENT_MOVES,
        {"active": "suspended closed", "suspended": "active closed", "closed": "active"},
    ),
    (
        "Invitation",
        accounts.INVITATION_MOVES,
        {"open": "accepted declined withdrawn expired"},
    ),
    ("API token", accounts.TOKEN_MOVES, {"live": "revoked expired"}),
    (
        "Webhook endpoint",
        ENDPOINT_MOVES,
        {"new": "active ended", "active": "off ended", "off": "active ended"},
    ),
    ("Cart", orders.CART_MOVES, {"open": "ordered expired merged"}),
    (
        "Order",
        orders.ORDER_MOVES,
        {
            "pending": "active fraud cancelled",
            "fraud": "pending cancelled active",
            "active": "fraud cancelled",
        },
    ),
    (
        "Service",
        hosting.SERVICE_MOVES,
        {
            "pending": "active cancelled",
            "active": "suspended cancelled terminated",
            "suspended": "active cancelled terminated",
        },
    ),
    (
        "Service: override",
        hosting.SERVICE_OVERRIDE_MOVES,
        {
            "pending": "active suspended cancelled terminated",
            "active": "suspended cancelled terminated",
            "suspended": "active cancelled terminated",
            "cancelled": "active suspended terminated",
            "terminated": "active suspended cancelled",
        },
    ),
    (
        "Invoice",
        INVOICE_MOVES,
        {
            "draft": "unpaid paid",
            "unpaid": "paid overdue cancelled",
            "overdue": "paid cancelled",
            "paid": "refunded",
        },
    ),
    ("Quote", orders.QUOTE_MOVES, {"draft": "sent", "sent": "accepted lapsed withdrawn"}),
    ("Invoice: reversal", INVOICE_REVERSAL_MOVES, {"paid": "unpaid overdue"}),
    ("Period claim", BILLED_PERIOD_MOVES, {"open": "paid waived released"}),
    (
        "Attempt",
        payments.ATTEMPT_MOVES,
        {
            "created": "open failed",
            "open": "succeeded failed expired closed",
            "failed": "succeeded",
            "expired": "succeeded",
            "closed": "succeeded",
        },
    ),
    (
        "Card setup (not in the spec; an attempt without money)",
        payments.CARD_SETUP_MOVES,
        {
            "created": "open failed",
            "open": "succeeded failed expired",
            "failed": "succeeded",
            "expired": "succeeded",
        },
    ),
    (
        "Payment",
        payments.PAYMENT_MOVES,
        {
            "pending": "completed failed",
            "completed": "refunded disputed reversed",
            "disputed": "completed reversed",
            "reversed": "completed",
        },
    ),
    (
        "Gateway event",
        payments.GATEWAY_EVENT_MOVES,
        {
            "received": "processed ignored waiting",
            "waiting": "processed ignored parked",
            "parked": "waiting",
        },
    ),
    ("Bank declaration", payments.TRANSFER_NOTICE_MOVES, {"open": "confirmed rejected lapsed"}),
    (
        "Refund",
        payments.REFUND_MOVES,
        {
            "requested": "accepted failed succeeded",
            "accepted": "succeeded failed",
            "succeeded": "failed",
        },
    ),
    ("Dispute", payments.DISPUTE_MOVES, {"open": "won lost", "lost": "won"}),
    ("Stray receipt", payments.UNALLOCATED_PAYMENT_MOVES, {"open": "assigned returned"}),
    (
        "Cancellation request",
        CANCELLATION_MOVES,
        {"pending": "approved rejected withdrawn", "approved": "done withdrawn"},
    ),
    (
        "Plan change",
        PLAN_CHANGE_MOVES,
        {
            "pending": "awaiting_payment applied rejected withdrawn lapsed",
            "awaiting_payment": "applied lapsed withdrawn",
        },
    ),
    (
        "Task",
        jobs.JOB_MOVES,
        {
            "queued": "running dropped",
            "running": "succeeded waiting parked queued",
            "waiting": "running dropped",
            "parked": "queued succeeded dropped",
        },
    ),
    (
        "Domain",
        domains.DOMAIN_MOVES,
        {
            "pending": "active pending_transfer cancelled fraud",
            "pending_transfer": "active cancelled fraud",
            "active": "expired redemption transferred_away cancelled",
            "expired": "active redemption transferred_away cancelled",
            "redemption": "active cancelled transferred_away",
            "fraud": "pending cancelled",
            "transferred_away": "active",
        },
    ),
    (
        "Domain: override",
        domains.DOMAIN_OVERRIDE_MOVES,
        {
            "pending": "pending_transfer active expired redemption transferred_away cancelled fraud",
            "pending_transfer": "active expired redemption transferred_away cancelled fraud",
            "active": "pending_transfer expired redemption transferred_away cancelled fraud",
            "expired": "pending_transfer active redemption transferred_away cancelled fraud",
            "redemption": "pending_transfer active expired transferred_away cancelled fraud",
            "transferred_away": "pending_transfer active expired redemption cancelled fraud",
            "cancelled": "pending_transfer active expired redemption transferred_away fraud",
            "fraud": "pending_transfer active expired redemption transferred_away cancelled",
        },
    ),
    (
        "Product",
        catalog.PRODUCT_MOVES,
        {"active": "hidden retired", "hidden": "active retired", "retired": "hidden"},
    ),
    (
        "Mail",
        mail.MAIL_MOVES,
        {
            "queued": "sending skipped",
            "sending": "sent queued failed",
            "sent": "bounced",
            "digest": "skipped",
            "held": "queued skipped",
        },
    ),
    (
        "Bulk action",
        BULK_MOVES,
        {
            "checking": "ready",
            "ready": "running",
            "running": "undoable done",
            "undoable": "done undoing",
            "undoing": "undone",
        },
    ),
    ("Export", EXPORT_MOVES, {"requested": "ready failed", "ready": "expired"}),
    (
        "Erasure",
        ERASURE_MOVES,
        {"requested": "withdrawn done blocked", "blocked": "requested withdrawn"},
    ),
    ("Consumer statement", STATEMENT_MOVES, {"received": "carried_out answered"}),
    ("Month", MONTH_MOVES, {"open": "closed", "closed": "open"}),
    ("Price change", PRICE_CHANGE_MOVES, {"planned": "applied dropped"}),
    ("Daily run step", RUN_STEP_MOVES, {"running": "done failed", "failed": "running"}),
]

NOT_IN_THE_SPEC = {
    "DomainChange": "a change of a name on its way to the registrar; the spec tells of it in words only",
    "Reminder": "written once, it never moves",
    "Zone": "dns.md 1 says in words when one ends",
}
"""Entities with states that have no row in the spec's table."""


def test_the_tables_are_those_of_the_spec() -> None:
    for entity, moves, table in WRITTEN:
        wanted = {(old, new) for old, news in table.items() for new in news.split()}
        assert {(old, new) for old, news in moves.items() for new in news} == wanted, entity


def test_every_table_that_is_tried_is_written_here() -> None:
    """All entities of ``test_transitions``, which holds all models with states."""
    written = [moves for _, moves, _ in WRITTEN]
    others = {str(one) for one in (*ENTITIES, *INVOICES) if one.moves not in written}
    assert others == set(NOT_IN_THE_SPEC)
