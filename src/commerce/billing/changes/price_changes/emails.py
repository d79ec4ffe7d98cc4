"""Mails about new prices of services and domains that exist (notifications.md 3, ``price_changed``)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.functional import lazy

from commerce.accounts.recipients import tell_client
from commerce.billing.changes.price_changes.repricing import renewal_price_of
from commerce.billing.changes.price_changes.rules import PriceChangeStatus
from commerce.billing.models import PriceChange
from commerce.billing.tax.shown_amounts import amounts_shown_to
from commerce.catalog.rules import ProductType
from commerce.hosting.models import Service
from commerce.kit.money import Money
from commerce.site_settings.current import business_date


def tell_of_price_change(*, change: PriceChange, at: datetime) -> None:
    """Announce a new price, once for each change: an amount alone may come back after another one."""
    _tell("price_changed", change, change.old_amount, at)


def tell_of_dropped_price(*, change: PriceChange, at: datetime) -> None:
    """What was announced does not come: the service or domain goes on at what it costs."""
    _tell("price_change_dropped", change, renewal_price_of(change.item), at)


def _tell(event: str, change: PriceChange, old_amount: int, at: datetime) -> None:
    item = change.item
    noun = "service" if isinstance(item, Service) else "domain"
    code = item.currency_id
    kind = item.product.effective_tax_kind if isinstance(item, Service) else ProductType.DOMAIN
    shown = amounts_shown_to(item.client, business_date(at))
    values: dict[str, Any] = {
        "item_name": item.label if isinstance(item, Service) else item.domain_name,
        "item_url": f"{settings.COMMERCE_URL}/client/{noun}s/{item.pk}",
        "old_amount": Money(shown.amount(kind, old_amount), code),
        "new_amount": Money(shown.amount(kind, change.amount), code),
        "tax_note": lazy(shown.note, str)(kind),
        "from_date": change.from_date,
    }
    tell_client(
        client=item.client,
        event=event,
        idempotency_key=f"{noun} {item.pk}, {change.pk}",
        values=values,
        at=at,
        about=("price_change", change.pk),
    )


def announcement_obsolete_reason(change_id: int, _told: Mapping[str, Any]) -> str:
    """Why the announcement of a price is not true any more."""
    dropped = PriceChange.objects.filter(pk=change_id, status=PriceChangeStatus.DROPPED)
    return "The new price was dropped." if dropped.exists() else ""
