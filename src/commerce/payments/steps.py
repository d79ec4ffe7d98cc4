"""What the daily run does with saved cards: the tries that are due, notices of cards that expire (billing.md 10)."""

from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.rules import ClientStatus
from commerce.billing.models import Invoice
from commerce.db.locks import lock
from commerce.kit.context import Context
from commerce.payments.actions.card_charges import try_saved_card
from commerce.payments.autopay import not_being_charged
from commerce.payments.card_emails import send_card_expiring_email
from commerce.payments.gateways import registry
from commerce.payments.models import AutopayTry, SavedCard
from commerce.runs.step import RunDay, StepCounts
from commerce.site_settings import current

EXPIRY_NOTICE = timedelta(days=30)
"""A card that ends within that time is told of."""


def find_invoices_to_autopay(day: RunDay) -> QuerySet[Invoice]:
    """Open invoices that a saved card may pay by then, with a try left and none under way."""
    lead = timedelta(days=current.get_setting("payments.autopay_lead_days"))
    tries = 1 + len(set(current.get_setting("payments.autopay_retry_days")))
    cards = SavedCard.objects.usable().filter(
        client=OuterRef("client"), is_default=True, gateway__in=registry.charging_gateways()
    )
    made = AutopayTry.objects.filter(invoice=OuterRef("pk"))
    return (
        Invoice.objects.open()
        .not_held_on(day.date)
        .filter(
            Exists(cards),
            not_being_charged(),
            ~Exists(made.filter(Q(number__gte=tries) | Q(day__gte=day.date))),
            client__autopay=True,
            issue_date__lt=day.date,
            due_date__lte=day.date + lead,
        )
        .exclude(client__status=ClientStatus.CLOSED)
    )


def charge_invoice_daily(invoice_id: int, day: RunDay) -> StepCounts:
    """Try the card for one of them, if its day has come."""
    invoice = Invoice.objects.get(pk=invoice_id)
    attempt = try_saved_card(invoice=invoice, day=day.date, ctx=Context(day.at, day.actor))
    return {"charges": 1} if attempt else {}


def find_expiring_cards(day: RunDay) -> QuerySet[SavedCard]:
    """Usable cards that end within 30 days, of which their owner was not told."""
    days = [day.date + timedelta(days=n) for n in range(EXPIRY_NOTICE.days + 1)]
    months = sorted({(each.year, each.month) for each in days})
    ending = reduce(or_, (Q(exp_year=year, exp_month=month) for year, month in months))
    untold = Q(expiry_notice_for__isnull=True) | Q(expiry_notice_for__lt=day.date)
    cards = SavedCard.objects.usable().filter(ending, untold)
    return cards.exclude(client__status=ClientStatus.CLOSED)


def announce_card_expiry(card_id: int, day: RunDay) -> StepCounts:
    """Tell the owner of one of them, once for each expiry."""
    card = SavedCard.objects.get(pk=card_id)
    lock_client(card.client_id)
    card = lock(card, "client")
    ends = card.expires_on
    if ends is None or card.expiry_notice_for == ends:
        return {}
    if not day.date <= ends <= day.date + EXPIRY_NOTICE:
        return {}
    SavedCard.objects.filter(pk=card.pk).update(expiry_notice_for=ends)
    send_card_expiring_email(card, day.at)
    return {"notices": 1}
