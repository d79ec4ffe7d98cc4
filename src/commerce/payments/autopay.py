"""Which saved card is charged for an invoice, and when: for the daily run, mails and pages (payments.md 7)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts_in_use import rests
from commerce.payments.models import Attempt, AttemptInvoice, AutopayTry, SavedCard
from commerce.payments.rules import (
    AttemptKind,
    AttemptStatus,
    autopay_days,
    autopay_try_due,
    first_autopay_day,
    next_autopay_day,
)
from commerce.site_settings import current

MAX_PLANNED = 50
"""Charges to come that a page lists."""


@dataclass(frozen=True, slots=True)
class AutopayPlan:
    """The card that pays an invoice, the days of its tries as far as they are known, and how many were made."""

    card: SavedCard
    days: Sequence[date]
    tries_made: int

    def try_due(self, day: date) -> int | None:
        """The number of the try that is due; None if none is."""
        return autopay_try_due(days=self.days, tries_made=self.tries_made, day=day)


def chargeable_card(client: Client) -> SavedCard | None:
    """The card that pays a client's invoices by itself: the default one, while autopay is on and it can be charged."""
    if not client.autopay or client.status == ClientStatus.CLOSED:
        return None
    card = SavedCard.objects.for_client(client).usable().filter(is_default=True).first()
    if card is None or card.gateway not in registry.charging_gateways() or rests(card):
        return None
    return card


def autopay_plan(invoice: Invoice, client: Client) -> AutopayPlan | None:
    """How an invoice is paid by itself, holds aside; None for one that is closed, stopped, or of no chargeable card."""
    card = chargeable_card(client)
    if card is None:
        return None
    return _plan(invoice, card, AutopayTry.objects.filter(invoice=invoice).order_by("number"))


def _plan(invoice: Invoice, card: SavedCard, made: Iterable[AutopayTry]) -> AutopayPlan | None:
    if invoice.status not in OPEN_INVOICE_STATUSES or invoice.is_stopped:
        return None
    if not registry.takes_amount(card.gateway, invoice.currency_id, invoice.amount_due):
        return None
    if not card.takes(invoice.currency_id):
        return None
    assert invoice.issue_date and invoice.due_date  # noqa: PT018 - it is open
    planned = first_autopay_day(
        issued_on=invoice.issue_date,
        due=invoice.due_date,
        lead_days=current.get_setting("payments.autopay_lead_days"),
    )
    tries = list(made)
    days = autopay_days(
        planned=planned,
        first_made_on=tries[0].day if tries else None,
        retry_days=current.get_setting("payments.autopay_retry_days"),
    )
    return AutopayPlan(card, days, tries[-1].number if tries else 0)


@dataclass(frozen=True, slots=True)
class PlannedCharges:
    """Invoices with the day of their next charge, the first day first; ``is_cut``: there are more than these."""

    charges: Sequence[tuple[Invoice, date]]
    is_cut: bool


def planned_charges(client: Client, day: date) -> PlannedCharges:
    """The client's open invoices that will be charged by themselves, but for those of which a charge is under way; of
    more than ``MAX_PLANNED`` those that are charged first.
    """
    card = chargeable_card(client)
    if card is None:
        return PlannedCharges([], is_cut=False)
    rows = list(Invoice.objects.for_client(client).open().filter(not_being_charged()))
    days = charge_days(card, rows, day)
    charges = [(row, days[row.pk]) for row in rows if row.pk in days]
    charges.sort(key=lambda charge: (charge[1], charge[0].pk))
    return PlannedCharges(charges[:MAX_PLANNED], is_cut=len(charges) > MAX_PLANNED)


def charge_days(card: SavedCard, invoices: Sequence[Invoice], day: date) -> dict[int, date]:
    """By the key of each invoice when the card is charged for it next, ``day`` itself or later, if it is at all."""
    made: dict[int, list[AutopayTry]] = defaultdict(list)
    for one in AutopayTry.objects.filter(invoice__in=invoices).order_by("number"):
        made[one.invoice_id].append(one)
    plans = ((row, _plan(row, card, made[row.pk])) for row in invoices)
    return {row.pk: on for row, plan in plans if plan and (on := _next(row, plan, day))}


def cards_being_charged(invoices: Sequence[Invoice]) -> dict[int, SavedCard]:
    """By the key of each invoice of which a charge is under way, alone or with others, the card of that."""
    live = Attempt.objects.live().filter(kind=AttemptKind.OFF_SESSION, saved_card__isnull=False)
    pairs = [
        *live.filter(invoice__in=invoices).values_list("invoice_id", "saved_card_id"),
        *AttemptInvoice.objects.filter(invoice__in=invoices, attempt__in=live).values_list(
            "invoice_id", "attempt__saved_card_id"
        ),
    ]
    cards = SavedCard.objects.in_bulk({card_id for _invoice_id, card_id in pairs}) if pairs else {}
    return {invoice_id: cards[card_id] for invoice_id, card_id in pairs}


def declined_card(client: Client) -> SavedCard | None:
    """The client's default card, if it was stopped or its last charge failed for an invoice that is open; with
    ``last_failure``, the reason in plain words.
    """
    failed = Attempt.objects.filter(
        Q(invoice__status__in=OPEN_INVOICE_STATUSES)
        | Q(attempt_invoices__invoice__status__in=OPEN_INVOICE_STATUSES),
        saved_card=OuterRef("pk"),
        kind=AttemptKind.OFF_SESSION,
        status=AttemptStatus.FAILED,
    ).exclude(failure="")
    cards = SavedCard.objects.for_client(client).kept().filter(is_default=True)
    reason = Subquery(failed.order_by("-pk").values("failure")[:1])
    shown = cards.annotate(last_failure=Coalesce(NullIf("failure", Value("")), reason))
    return shown.filter(Q(stopped_at__isnull=False) | Q(last_failure__isnull=False)).first()


def not_being_charged() -> Q:
    """In a query over invoices: those of which no charge of a saved card is under way, alone or with others (U3)."""
    live = Attempt.objects.live().filter(kind=AttemptKind.OFF_SESSION)
    alone = live.filter(invoice=OuterRef("pk"))
    with_others = live.filter(attempt_invoices__invoice=OuterRef("pk"))
    return ~Exists(alone) & ~Exists(with_others)


def charge_under_way(invoice: Invoice) -> Attempt | None:
    """The charge of a saved card for an invoice that its gateway has accepted and not finished: a direct debit takes
    days.
    """
    live = Attempt.objects.live().filter(kind=AttemptKind.OFF_SESSION, reference__isnull=False)
    mine = live.filter(Q(invoice=invoice) | Q(attempt_invoices__invoice=invoice))
    return mine.select_related("saved_card").first()


def is_held(invoice: Invoice, day: date) -> bool:
    """Whether staff hold all dunning of an invoice on a day, tries on saved cards among it."""
    return invoice.dunning_hold_until is not None and invoice.dunning_hold_until >= day


def next_autopay_date(invoice: Invoice, day: date) -> date | None:
    """When the client's card is charged for an invoice next, ``day`` itself or later; None: not at all, or a charge is
    under way that may pay it.
    """
    plan = autopay_plan(invoice, invoice.client)
    if plan is None or not Invoice.objects.filter(not_being_charged(), pk=invoice.pk).exists():
        return None
    return _next(invoice, plan, day)


def _next(invoice: Invoice, plan: AutopayPlan, day: date) -> date | None:
    if is_held(invoice, day) and invoice.dunning_hold_until is not None:
        day = invoice.dunning_hold_until + timedelta(days=1)
    return next_autopay_day(days=plan.days, tries_made=plan.tries_made, day=day)
