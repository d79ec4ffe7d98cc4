"""The table of TLDs and their prices (domains.md 2). Existing domains keep their price and their registrar."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.audit.actions import record
from commerce.audit.locks import one_at_a_time
from commerce.catalog.models import Currency
from commerce.domains.models import Tld, TldPrice
from commerce.domains.price_lists import FIELDS, PRICES, Line, parse
from commerce.domains.registrars import check_known
from commerce.domains.rules import is_tld
from commerce.domains.selling import check_sale
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused

TLD_FIELDS = {*FIELDS, "extra_fields"}
LARGEST = {
    "position": 1_000_000,
    "grace_days": 365,
    "redemption_days": 365,
    "renew_advance_days": 365,
}


@dataclass(frozen=True, slots=True)
class Change:
    """What an import changes: one column of a TLD, or one of its prices in a currency (then with its code)."""

    tld: str
    column: str
    before: Any
    after: Any
    currency_code: str = ""


@transaction.atomic
def set_tld(*, tld: str, at: datetime, actor: Actor, **fields: Any) -> Tld:
    """Add a TLD to the table, or change what is said of it. ``fields`` are the columns of the table.

    Raises ``Refused`` for what is no TLD, for numbers out of bounds, for a registrar that there is
    not, and for a sale without nameservers.
    """
    if wrong := fields.keys() - TLD_FIELDS:
        raise TypeError(f"unknown fields: {', '.join(sorted(wrong))}")
    tld = tld.strip().lower().lstrip(".")
    row = Tld.objects.select_for_update(no_key=True).filter(tld=tld).first()
    if row is None and not is_tld(tld):
        raise Refused(f"{tld} is not a TLD.", field="tld")
    new = row or Tld(tld=tld)
    before = {name: getattr(new, name) for name in fields}
    after = {name: value for name, value in fields.items() if row is None or before[name] != value}
    _check(new, fields)
    if fields.get("is_active", new.is_active) and not (row and row.is_active):
        one_at_a_time("settings")
        check_sale()
    if row is None:
        new = Tld.objects.create(tld=tld, **fields)
    elif after:
        Tld.objects.filter(pk=row.pk).update(**after)
        row.refresh_from_db()
    else:
        return row
    note(
        new,
        "changed" if row else "created",
        at,
        actor,
        {name: before[name] for name in after} if row else {},
        after,
    )
    return new


def _check(row: Tld, fields: Mapping[str, Any]) -> None:
    """Raises ``Refused`` for what the daily run could not count with, the table not hold, or nobody carry out."""
    least, most = (fields.get(name, getattr(row, name)) for name in ("min_years", "max_years"))
    if not 1 <= least <= most <= 10:
        raise Refused(f".{row.tld}: names are sold for 1 to 10 years.", field="min_years")
    for name, largest in LARGEST.items():
        if not 0 <= (fields.get(name) or 0) <= largest:
            text = f".{row.tld}: {name} is a whole number from 0 to {largest}."
            raise Refused(text, field=name)
    if named := fields.get("registrar"):
        check_known(named)


@transaction.atomic
def set_tld_price(
    *, tld: Tld, currency_code: str, at: datetime, actor: Actor, **prices: int | None
) -> TldPrice:
    """Prices of a TLD in a currency, in minor units: ``register`` and ``renew`` by the year, ``transfer``, ``restore``.

    ``None`` is not offered; what is not named stays. Raises ``Refused`` below 0 and for a currency that there is not.
    """
    if wrong := prices.keys() - set(PRICES):
        raise TypeError(f"unknown prices: {', '.join(sorted(wrong))}")
    if any(price is not None and price < 0 for price in prices.values()):
        raise Refused("A price is not negative.", field="price")
    if not Currency.objects.filter(pk=currency_code).exists():
        raise Refused(f"{currency_code} is not a currency of this installation.", field="currency")
    key: dict[str, Any] = {"tld": tld, "currency_id": currency_code}
    old = TldPrice.objects.select_for_update().filter(**key).values(*PRICES).first()
    row, _ = TldPrice.objects.update_or_create(**key, defaults=prices)
    before = {name: old[name] for name in prices} if old else {}
    if before != prices:
        note(tld, "price_set", at, actor, before, {"currency": currency_code, **prices})
    return row


@transaction.atomic
def switch_tlds(*, tlds: Iterable[str], on: bool, at: datetime, actor: Actor) -> int:
    """Take many TLDs into sale or out of it at once; how many changed. Raises ``Refused`` for one that there is not."""
    wanted = {tld.strip().lower().lstrip(".") for tld in tlds}
    if missing := wanted - Tld.objects.among(wanted):
        raise Refused(f"Not in the table: {', '.join(sorted(missing))}.", field="tld")
    rows = list(Tld.objects.filter(tld__in=wanted, is_active=not on).order_by("pk"))
    for row in rows:
        set_tld(tld=row.tld, is_active=on, at=at, actor=actor)
    return len(rows)


@transaction.atomic
def import_tlds(*, text: str, at: datetime, actor: Actor, dry_run: bool = False) -> list[Change]:
    """Take over a CSV file as ``price_lists`` describes it; what it changes, which is only told when ``dry_run``.

    TLDs that are not in the file stay as they are. Raises ``Refused`` for a line that cannot be taken; then none is.
    """
    lines = parse(text)
    changes = _changes(lines)
    with transaction.atomic():
        for line in lines:
            row = set_tld(tld=line.tld, at=at, actor=actor, **line.fields)
            set_tld_price(
                tld=row, currency_code=line.currency_code, at=at, actor=actor, **line.prices
            )
        if dry_run:  # tried out in full, so that the preview refuses what the import would
            transaction.set_rollback(True)
    return changes


def _changes(lines: Iterable[Line]) -> list[Change]:
    lines = list(lines)
    rows = {row.tld: row for row in Tld.objects.filter(tld__in=[line.tld for line in lines])}
    prices = {
        (price.tld.tld, price.currency_id): price
        for price in TldPrice.objects.filter(tld__in=rows.values()).select_related("tld")
    }
    found: dict[Change, None] = {}  # a TLD has a line for each currency: its columns are told once
    for line in lines:
        row = rows.get(line.tld)
        price = prices.get((line.tld, line.currency_code), TldPrice())
        for name, after in line.fields.items():
            before = getattr(row, name) if row else None
            if row is None or before != after:
                found[Change(line.tld, name, before, after)] = None
        for name, amount in line.prices.items():
            if (old := getattr(price, name)) != amount:
                found[Change(line.tld, name, old, amount, line.currency_code)] = None
    return list(found)


def note(
    tld: Tld,
    verb: str,
    at: datetime,
    actor: Actor,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """The audit entry of a change to the table."""
    record(
        at=at,
        actor=actor,
        action=f"tld.{verb}",
        record=("tld", tld.pk),
        name=tld.tld,
        before=before,
        after=after,
    )
