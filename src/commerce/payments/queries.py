"""Reading payments: what can be added as funds, who can take it, and what is disputed."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q

from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.actions.paying import amount_asked_for
from commerce.billing.models import PlanChange
from commerce.catalog.models import Currency
from commerce.hosting.models import Service
from commerce.kit.errors import StateConflict
from commerce.kit.money import Money
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts_in_use import rests
from commerce.payments.gateways.contract import Gateway
from commerce.payments.models import Attempt, Payment, SavedCard
from commerce.payments.rules import PaymentStatus, amount_at_rate
from commerce.site_settings import current


@dataclass(frozen=True, slots=True)
class TopUpLimits:
    """The least and the most that a client can add at once, in one currency."""

    least: Money
    most: Money


def top_up_limits(currency: Currency) -> TopUpLimits | None:
    """The limits in a currency; none where adding funds is off, or the currency has no exchange rate.

    Staff say them in the default currency.
    """
    keys = ("payments.topup_min", "payments.topup_max")
    least, most = (Decimal(current.get_setting(key)) for key in keys)
    rate = currency.rate_value
    if not most or least > most or not rate:
        return None
    return TopUpLimits(
        *(
            Money(amount_at_rate(amount, rate, currency.exponent), currency.code)
            for amount in (least, most)
        )
    )


def top_up_currencies() -> dict[str, TopUpLimits]:
    """In what a client can add funds, the default currency first: where some gateway takes the least or the most."""
    found = {row.code: top_up_limits(row) for row in Currency.objects.on_sale()}
    return {
        code: limits
        for code, limits in found.items()
        if limits
        and any(gateways_without_invoice(code, each.amount) for each in (limits.least, limits.most))
    }


def gateways_without_invoice(currency_code: str, amount: int) -> list[Gateway]:
    """What can be chosen where no single payment reference says what money is for: gateways that tell us by whom it
    came.
    """
    return [
        gateway
        for gateway in registry.offered_gateways(currency_code, amount)
        if gateway.capabilities.can_be_polled
    ]


def gateways_of_request(change: PlanChange, today: date) -> list[Gateway]:
    """What can be chosen to pay the request of a plan change: no transfer that would come after its last day."""
    held = timedelta(days=current.get_setting("payments.bank_hold_days"))
    is_in_time = change.last_day is None or change.last_day - today >= held
    offered = registry.offered_gateways(change.service.currency_id, amount_to_pay(change))
    return [each for each in offered if is_in_time or not each.capabilities.by_transfer]


def chargeable_cards(client_id: int, currency_code: str, amount: int) -> list[SavedCard]:
    """The saved cards that could be charged this amount at once, the default one first."""
    cards = SavedCard.objects.for_client(client_id).usable()
    usable = cards.filter(gateway__in=registry.charging_gateways()).order_by("-is_default", "-pk")
    return [
        card
        for card in usable
        if card.takes(currency_code)
        and not rests(card)
        and registry.takes_amount(card.gateway, currency_code, amount)
    ]


def disputed_payment_reason(service: Service) -> StateConflict | None:
    """Why the plan of a service cannot be changed while a payment of one of its invoices is disputed."""
    own = Q(invoice__subjects__service=service) | Q(shares__invoice__subjects__service=service)
    disputed = Payment.objects.filter(own, status=PaymentStatus.DISPUTED)
    return StateConflict("plan_change.payment_disputed") if disputed.exists() else None


def still_asks_for(attempt: Attempt) -> bool:
    """Whether what an attempt pays still asks for all of its amount; whoever adds funds always does."""
    if attempt.plan_change is not None:
        return amount_asked_for(attempt.plan_change) >= attempt.amount
    invoices = attempt.invoices()
    return not invoices or sum(each.amount_due for each in invoices) >= attempt.amount


def paid_for(money: Attempt | Payment) -> str:
    """What staff read of what an attempt or a payment is for."""
    if money.plan_change is not None:
        return f"plan change {money.plan_change.reference}"
    return ", ".join(str(each) for each in money.invoices()) or "added funds"
