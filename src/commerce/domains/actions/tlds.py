"""The table of TLDs and their prices (domains.md 2). Existing domains keep their price and their registrar."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from commerce.audit.actions import write_audit_entry
from commerce.catalog.models import Currency
from commerce.db.fast_paths import insert_if_new
from commerce.db.locks import lock_name
from commerce.domains.models import Tld, TldPrice
from commerce.domains.price_lists import PRICE_COLUMNS, TLD_COLUMNS, PriceListRow, parse_price_list
from commerce.domains.registrars.registry import check_registrar_exists
from commerce.domains.registrars.registry_fields import (
    checked_registry_fields,
    write_registry_fields,
)
from commerce.domains.rules import is_tld, normalize_tld
from commerce.domains.sale_conditions import check_tlds_sellable
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.request_cache import clear_request_cache

TLD_FIELDS = {*TLD_COLUMNS}
MAX_TLD_NUMBERS = {
    "position": 1_000_000,
    "grace_days": 365,
    "redemption_days": 365,
    "renew_advance_days": 365,
}

type TldPriceTable = Mapping[str, Mapping[str, int | None]]
"""Prices in minor units by currency and column; None is not offered."""


@dataclass(frozen=True, slots=True)
class TldChange:
    """What an import changes: one column of a TLD, or one of its prices in a currency (then with its code)."""

    tld: str
    column: str
    before: Any
    after: Any
    currency_code: str = ""


@transaction.atomic
def set_tld(*, tld: str, ctx: Context, is_new: bool = False, **fields: Any) -> Tld:
    """Add a TLD to the table, or, unless it ``is_new``, change what is said of it. ``fields`` are the columns of the
    table.

    Raises ``BusinessError`` for what is no TLD, for one that is in the table but ``is_new``, for numbers out of bounds,
    for a registrar that there is not, and for a sale without nameservers.
    """
    if wrong := fields.keys() - TLD_FIELDS:
        raise TypeError(f"unknown fields: {', '.join(sorted(wrong))}")
    if "extra_fields" in fields:
        fields["extra_fields"] = checked_registry_fields(fields["extra_fields"])
    tld = normalize_tld(tld)
    lock_name("tlds")  # two who add the same one: the second finds it
    row = Tld.objects.select_for_update(no_key=True).filter(tld=tld).first()
    if row is None and not is_tld(tld):
        raise BusinessError("tld.not_valid", tld=tld, field="tld")
    if row is not None and is_new:
        raise BusinessError("tld.exists", tld=tld, field="tld")
    new = row or Tld(tld=tld)
    before = {name: getattr(new, name) for name in fields}
    after = {name: value for name, value in fields.items() if row is None or before[name] != value}
    _check(new, fields)
    if fields.get("is_active", new.is_active) and not (row and row.is_active):
        lock_name("settings")
        check_tlds_sellable()
    if row is None:
        new = Tld.objects.create(tld=tld, **fields)
    elif after:
        Tld.objects.filter(pk=row.pk).update(**after)
        row.refresh_from_db()
    else:
        return row
    clear_request_cache()
    record_tld_change(
        new,
        "changed" if row else "created",
        ctx,
        {name: before[name] for name in after} if row else {},
        after,
    )
    return new


def _check(row: Tld, fields: Mapping[str, Any]) -> None:
    """Raises ``BusinessError`` for what the daily run could not count with, the table not hold, or nobody carry out."""
    least, most = (fields.get(name, getattr(row, name)) for name in ("min_years", "max_years"))
    if not 1 <= least <= most <= 10:
        raise BusinessError("tld.years_not_valid", tld=row.tld, field="min_years")
    for name, largest in MAX_TLD_NUMBERS.items():
        if not 0 <= (fields.get(name) or 0) <= largest:
            raise BusinessError(
                "tld.number_out_of_range", tld=row.tld, name=name, most=largest, field=name
            )
    if named := fields.get("registrar"):
        check_registrar_exists(named)


@transaction.atomic
def set_tld_price(*, tld: Tld, currency_code: str, ctx: Context, **prices: int | None) -> TldPrice:
    """Prices of a TLD in a currency, in minor units: ``register`` and ``renew`` by the year, ``transfer``, ``restore``.

    ``None`` is not offered; what is not named stays. Raises ``BusinessError`` below 0 and for a currency that there is
    not.
    """
    if wrong := prices.keys() - set(PRICE_COLUMNS):
        raise TypeError(f"unknown prices: {', '.join(sorted(wrong))}")
    if any(price is not None and price < 0 for price in prices.values()):
        raise BusinessError("price.negative", field="price")
    if not Currency.objects.filter(pk=currency_code).exists():
        raise BusinessError("currency.unknown", currency=currency_code, field="currency")
    row, before = TldPrice(tld=tld, currency_id=currency_code, **prices), {}
    if not insert_if_new(row):
        row = TldPrice.objects.select_for_update().get(tld=tld, currency_id=currency_code)
        before = {name: getattr(row, name) for name in prices}
        for name, price in prices.items():
            setattr(row, name, price)
        row.save(update_fields=[*prices])
    if before != prices:
        record_tld_change(tld, "price_set", ctx, before, {"currency": currency_code, **prices})
    return row


@transaction.atomic
def set_tld_price_table(
    *,
    tld: Tld,
    prices: TldPriceTable,
    ctx: Context,
    expected: TldPriceTable | None = None,
) -> int:
    """Set all prices of a TLD at once, by currency; how many currencies differ.

    A currency in which nothing is offered, and nothing was, gets no row. Raises ``StateConflict`` when the stored table
    is no longer the ``expected`` one, and what ``set_tld_price`` does.
    """
    Tld.objects.select_for_update(no_key=True).get(pk=tld.pk)
    stored, changed = stored_tld_prices(tld), 0
    if expected is not None and expected != stored:
        raise StateConflict("price.changed_meanwhile")
    for code, new in prices.items():
        old = stored.get(code, dict.fromkeys(PRICE_COLUMNS))
        if any(old[name] != price for name, price in new.items()):
            set_tld_price(tld=tld, currency_code=code, ctx=ctx, **new)
            changed += 1
    return changed


def stored_tld_prices(tld: Tld) -> dict[str, dict[str, int | None]]:
    """The prices of a TLD by currency and column."""
    rows = TldPrice.objects.filter(tld=tld).values("currency_id", *PRICE_COLUMNS)
    return {row.pop("currency_id"): row for row in rows}


@transaction.atomic
def switch_tlds(*, tlds: Iterable[str], on_sale: bool, ctx: Context) -> int:
    """Take many TLDs into sale or out of it at once; how many changed. Raises ``BusinessError`` for one that there is
    not.
    """
    wanted = {normalize_tld(tld) for tld in tlds}
    if missing := wanted - Tld.objects.among(wanted):
        raise BusinessError("tld.unknown", tlds=", ".join(sorted(missing)), field="tld")
    rows = list(Tld.objects.filter(tld__in=wanted, is_active=not on_sale).order_by("pk"))
    for row in rows:
        set_tld(tld=row.tld, is_active=on_sale, ctx=ctx)
    return len(rows)


@transaction.atomic
def import_tlds(*, text: str, ctx: Context, dry_run: bool = False) -> list[TldChange]:
    """Take over a CSV file as ``price_lists`` describes it; what it changes, which is only told when ``dry_run``.

    TLDs that are not in the file stay as they are. Raises ``BusinessError`` for a line that cannot be taken; then none
    is.
    """
    lines = parse_price_list(text)
    changes = _changes(lines)
    with transaction.atomic():
        for line in lines:
            row = set_tld(tld=line.tld, ctx=ctx, **line.fields)
            set_tld_price(tld=row, currency_code=line.currency_code, ctx=ctx, **line.prices)
        if dry_run:  # tried out in full, so that the preview refuses what the import would
            transaction.set_rollback(True)
    return changes


def _changes(lines: Iterable[PriceListRow]) -> list[TldChange]:
    lines = list(lines)
    rows = {row.tld: row for row in Tld.objects.filter(tld__in=[line.tld for line in lines])}
    prices = {
        (price.tld.tld, price.currency_id): price
        for price in TldPrice.objects.filter(tld__in=rows.values()).select_related("tld")
    }
    found: dict[
        TldChange, None
    ] = {}  # a TLD has a line for each currency: its columns are told once
    for line in lines:
        row = rows.get(line.tld)
        price = prices.get((line.tld, line.currency_code), TldPrice())
        for name, after in line.fields.items():
            before = getattr(row, name) if row else None
            if row is None or before != after:
                found[TldChange(line.tld, name, _plain(before), _plain(after))] = None
        for name, amount in line.prices.items():
            if (old := getattr(price, name)) != amount:
                found[TldChange(line.tld, name, old, amount, line.currency_code)] = None
    return list(found)


def _plain(value: Any) -> Any:
    """What can be listed: fields of a registry as text."""
    return write_registry_fields(value) if isinstance(value, list) else value


def record_tld_change(
    tld: Tld,
    verb: str,
    ctx: Context,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """The audit entry of a change to the table."""
    write_audit_entry(
        ctx=ctx,
        action=f"tld.{verb}",
        record=("tld", tld.pk),
        name=tld.tld,
        before=before,
        after=after,
    )
