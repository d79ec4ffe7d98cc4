"""What pays the next bill of a service or domain by itself, and when: what pages and mails promise (portal.md 4).

The daily run charges by ``payments.autopay``; here stands what a client is told of it, in each state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from commerce.accounts.models import Client
from commerce.billing.invoices.actions.issuing import due_date_by_settings
from commerce.billing.models import CreditAccount, Invoice
from commerce.billing.periods.domain_offers import renewal_under_way
from commerce.domains.deadlines import renewal_advance_days
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES
from commerce.kit.periods import MONTHS_PER_CYCLE
from commerce.payments.autopay import cards_being_charged, charge_days, chargeable_card
from commerce.payments.gateways import registry
from commerce.payments.models import SavedCard
from commerce.payments.rules import first_autopay_day
from commerce.runs.due import next_step_day
from commerce.site_settings import current


class PaidBy(StrEnum):
    """What pays a bill, or why nothing does by itself."""

    CARD = "card"
    """The default card is charged on a day."""
    CHARGE_UNDER_WAY = "charge_under_way"
    """It was charged, and its gateway has not finished."""
    UNDER_REVIEW = "under_review"
    """Nothing is charged for the invoice of an order that is under review."""
    SWITCHED_OFF = "switched_off"
    NO_CARD = "no_card"
    DECLINED = "declined"
    """The default card was stopped, or its tries for the invoice are over."""
    NOT_TAKEN = "not_taken"
    """The card does not take this currency or amount."""


@dataclass(frozen=True, slots=True)
class NextPayment:
    """How the next bill is paid: by the card ``on`` a day, or why not; ``credit`` of its currency is used first.

    ``issued_on`` is the day of an invoice that is still to come.
    """

    how: PaidBy
    card: SavedCard | None = None
    on: date | None = None
    issued_on: date | None = None
    credit: int = 0
    currency_code: str = ""
    is_covered: bool = False
    """Whether that credit pays all of it."""

    @property
    def is_charged(self) -> bool:
        """Whether a card pays it without anybody's hand."""
        return self.how in (PaidBy.CARD, PaidBy.CHARGE_UNDER_WAY)


class NextPayments:
    """What pays the bills of one client, as of ``today``; asks for card and credit once, however many are asked."""

    def __init__(self, client: Client, today: date) -> None:
        self.client, self.today = client, today

    @cached_property
    def _card(self) -> SavedCard | None:
        return chargeable_card(self.client)

    @cached_property
    def _without_card(self) -> NextPayment:
        """Why none is charged."""
        cards = SavedCard.objects.for_client(self.client).kept()
        default = cards.order_by("-is_default", "-pk").first()
        if default is None:
            return NextPayment(PaidBy.NO_CARD)
        if not self.client.autopay:
            return NextPayment(PaidBy.SWITCHED_OFF)
        if default.stopped_at:
            return NextPayment(PaidBy.DECLINED, default)
        return NextPayment(PaidBy.NO_CARD)

    @cached_property
    def _credit(self) -> dict[str, int]:
        """By currency what is used when an invoice is issued."""
        if not current.get_setting("billing.auto_apply_credit"):
            return {}
        accounts = CreditAccount.objects.for_client(self.client).filter(balance__gt=0)
        return dict(accounts.values_list("currency_id", "balance"))

    @cached_property
    def _run_day(self) -> date:
        return next_step_day("autopay", self.today)

    def of_invoices(self, invoices: Sequence[Invoice]) -> dict[int, NextPayment]:
        """By the key of each open invoice how it is paid; its credit was used when it was issued."""
        charged, days = cards_being_charged(invoices), {}
        if self._card is not None:
            days = charge_days(self._card, invoices, self._run_day)
        return {one.pk: self._of_invoice(one, charged, days.get(one.pk)) for one in invoices}

    def _of_invoice(
        self, invoice: Invoice, charged: Mapping[int, SavedCard], on: date | None
    ) -> NextPayment:
        if invoice.pk in charged:
            return NextPayment(PaidBy.CHARGE_UNDER_WAY, charged[invoice.pk])
        if invoice.is_stopped:
            return NextPayment(PaidBy.UNDER_REVIEW)
        if self._card is None:
            return self._without_card
        if on is not None:
            return NextPayment(PaidBy.CARD, self._card, on)
        is_taken = _is_taken(self._card, invoice.currency_id, invoice.amount_due)
        return NextPayment(PaidBy.DECLINED if is_taken else PaidBy.NOT_TAKEN, self._card)

    def of_service(self, service: Service, amount: int) -> NextPayment | None:
        """How the next period of a service is paid that is not billed yet, of which ``amount`` is the total; None if
        none comes.
        """
        due, ends = service.next_due_date, service.ends_on
        renews = service.status in RUNNING_SERVICE_STATUSES
        if not (renews and due and amount and service.billing_cycle in MONTHS_PER_CYCLE):
            return None
        if ends and ends <= due:
            return None
        advance = current.get_setting("billing.invoice_advance_days")
        issued_on = max(self._run_day, due - timedelta(days=advance))
        last_day = due_date_by_settings(issued_on, period_start=due)
        return self._of_coming(service.currency_id, amount, issued_on, last_day)

    def of_domain(self, domain: Domain, amount: int) -> NextPayment | None:
        """The same of a name that renews by itself."""
        due = domain.next_due_date
        if domain.status != DomainStatus.ACTIVE or not (domain.auto_renew and due and amount):
            return None
        if Domain.objects.filter(renewal_under_way(), pk=domain.pk).exists():
            return None  # it is paid, and moves once the registrar has renewed it
        assert domain.expiry_date is not None
        issued_on = max(self._run_day, due - timedelta(days=renewal_advance_days(domain.tld)))
        last_day = due_date_by_settings(issued_on, expiry=domain.expiry_date)
        return self._of_coming(domain.currency_id, amount, issued_on, last_day)

    def _of_coming(
        self, currency_code: str, amount: int, issued_on: date, last_day: date
    ) -> NextPayment:
        card = self._card
        if card is None:
            found = self._without_card
        elif _is_taken(card, currency_code, amount):
            lead = current.get_setting("payments.autopay_lead_days")
            on = first_autopay_day(issued_on=issued_on, due=last_day, lead_days=lead)
            found = NextPayment(PaidBy.CARD, card, on)
        else:
            found = NextPayment(PaidBy.NOT_TAKEN, card)
        credit = self._credit.get(currency_code, 0)
        return replace(
            found,
            issued_on=issued_on,
            credit=credit,
            currency_code=currency_code,
            is_covered=credit >= amount,
        )


def _is_taken(card: SavedCard, currency_code: str, amount: int) -> bool:
    return card.takes(currency_code) and registry.takes_amount(card.gateway, currency_code, amount)
