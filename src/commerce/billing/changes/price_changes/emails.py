"""Mails about new prices of services and domains that exist (notifications.md 3, ``price_changed``)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.functional import lazy

from commerce.accounts.recipients import send_client_email
from commerce.billing.changes.price_changes.repricing import renewal_price_of
from commerce.billing.changes.price_changes.rules import PriceChangeStatus
from commerce.billing.models import PriceChange
from commerce.billing.tax.shown_amounts import ShownAmounts, amounts_shown_to
from commerce.catalog.rules import ProductType
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.money import Money
from commerce.site_settings.current import business_date


def send_price_changes_emails(*, changes: Sequence[PriceChange], at: datetime) -> None:
    """Announce the new prices of an act to their client, in one mail."""
    _send_price_email("price_changed", changes, at)


def send_dropped_prices_emails(*, changes: Sequence[PriceChange], at: datetime) -> None:
    """What was announced does not come: these services and domains go on at what they cost."""
    _send_price_email("price_change_dropped", changes, at)


def _send_price_email(event: str, changes: Sequence[PriceChange], at: datetime) -> None:
    if not changes:
        return
    first, is_dropped = changes[0], event == "price_change_dropped"
    shown = amounts_shown_to(first.item.client, business_date(at))
    items = [_item_values(change, shown, is_dropped=is_dropped) for change in changes]
    noun = "service" if isinstance(first.item, Service) else "domain"
    single = len(changes) == 1
    page = f"{noun}s/{first.item.pk}" if single else f"{noun}s"
    values: dict[str, Any] = {
        "items": items,
        "single": _name_of(first.item) if single else "",
        "count": None if single else len(changes),
        "item_name": ", ".join(_name_of(change.item) for change in changes),
        "item_url": f"{settings.COMMERCE_URL}/client/{page}",
        "old_amount": items[0]["old_amount"] if single else None,
        "new_amount": items[0]["new_amount"] if single else None,
        "tax_note": lazy(shown.common_note, str)([_tax_kind_of(each.item) for each in changes]),
        "from_date": min(change.from_date for change in changes),
    }
    send_client_email(
        client=first.item.client,
        event=event,
        idempotency_key=" ".join(str(change.pk) for change in changes)[:190],
        values=values,
        at=at,
        about=("price_change", first.pk),
    )


def _name_of(item: Service | Domain) -> str:
    return item.label if isinstance(item, Service) else item.domain_name


def _tax_kind_of(item: Service | Domain) -> str:
    return item.product.effective_tax_kind if isinstance(item, Service) else ProductType.DOMAIN


def _item_values(change: PriceChange, shown: ShownAmounts, *, is_dropped: bool) -> dict[str, Any]:
    """A row of the table. What is dropped is told beside what it goes on at."""
    item, code, kind = change.item, change.item.currency_id, _tax_kind_of(change.item)
    old = shown.amount(kind, renewal_price_of(item) if is_dropped else change.old_amount)
    new = shown.amount(kind, change.amount)
    domain = item.domain if isinstance(item, Service) else ""
    return {
        "description": _name_of(item),
        "domain": domain or "—",
        "old_amount": Money(old, code),
        "new_amount": Money(new, code),
        "amount": Money(new, code),
        "from_date": change.from_date,
    }


def announcement_obsolete_reason(change_id: int, _told: Mapping[str, Any]) -> str:
    """Why the announcement of prices is not true any more: none of those of its act and client comes."""
    change = PriceChange.objects.filter(pk=change_id).first()
    if change is None:
        return ""
    told = PriceChange.objects.filter(pk=change_id)
    if change.act_id is not None:
        told = PriceChange.objects.for_client(change.client_id).filter(act=change.act_id)
    is_true = told.exclude(status=PriceChangeStatus.DROPPED).exists()
    return "" if is_true else "The new price was dropped."
