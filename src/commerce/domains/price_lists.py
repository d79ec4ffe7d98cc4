"""The table of TLDs as a CSV file, one line for each TLD and currency (domains.md 2): text in, values out.

A column that the file has counts, also where it is blank; columns that it does not have stay as they are. Prices are
decimals in the currency's own scale; a blank one is not offered.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

from commerce.domains.registrars.registry_fields import read_registry_fields, write_registry_fields
from commerce.kit.errors import BusinessError, mark_text
from commerce.kit.money import Money, parse_amount
from commerce.kit.text import csv_original, csv_safe

PRICE_COLUMNS = ("register", "renew", "transfer", "restore")


@dataclass(frozen=True, slots=True)
class PriceListRow:
    """What one line says of a TLD: its fields, and its prices in one currency (minor units, ``None`` not offered)."""

    tld: str
    fields: Mapping[str, Any]
    currency_code: str
    prices: Mapping[str, int | None]


def _yes(text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise ValueError(mark_text("Enter yes or no."))
    return text.lower() == "yes"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(mark_text("Enter a whole number."))
    return int(text)


TLD_COLUMNS: dict[str, Callable[[str], Any]] = {
    "is_active": _yes,
    "position": _number,
    "registrar": str,
    "min_years": _number,
    "max_years": _number,
    "code_required": _yes,
    "privacy_available": _yes,
    "transfer_adds_year": _yes,
    "grace_days": _number,
    "redemption_days": _number,
    "renew_advance_days": lambda text: _number(text) if text else None,
    "extra_fields": read_registry_fields,
}
PRICE_LIST_COLUMNS = ("tld", *TLD_COLUMNS, "currency", *PRICE_COLUMNS)


def parse_price_list(text: str) -> list[PriceListRow]:
    """The lines of a file. Raises ``BusinessError`` that names the line and the column of what cannot be read."""
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        if not {"tld", "currency"} <= set(columns) or not set(columns) <= set(PRICE_LIST_COLUMNS):
            raise BusinessError("tld.price_list_header", columns=", ".join(PRICE_LIST_COLUMNS))
        reader.fieldnames = columns
        found = [_line(row, reader.line_num) for row in reader]
    except csv.Error as error:
        raise BusinessError(
            "tld.price_list_unreadable", line=reader.line_num, problem=error
        ) from error
    keys = [(line.tld, line.currency_code) for line in found]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise BusinessError("tld.price_twice", tld=twice[0], currency=twice[1])
    return found


def _line(row: Mapping[str | Any, Any], number: int) -> PriceListRow:
    if None in row or None in row.values():
        raise BusinessError("tld.price_list_uneven", line=number)
    cells = {name: csv_original(text).strip() for name, text in row.items()}
    tld, code = cells["tld"].lower().lstrip("."), cells["currency"].upper()

    def read(name: str, how: Callable[[str], Any]) -> Any:
        try:
            return how(cells[name])
        except (ValueError, BusinessError) as error:
            raise BusinessError(
                "tld.price_list_value", line=number, column=name, problem=error
            ) from error

    def amount(text: str) -> int | None:
        return parse_amount(text, code) if text else None

    return PriceListRow(
        tld,
        {name: read(name, how) for name, how in TLD_COLUMNS.items() if name in cells},
        code,
        {name: read(name, amount) for name in PRICE_COLUMNS if name in cells},
    )


def format_price_list(lines: Iterable[PriceListRow]) -> str:
    """The file of these lines, which ``parse`` reads back as the same."""
    out = StringIO()
    writer = csv.DictWriter(out, PRICE_LIST_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for line in lines:
        prices = {
            name: format_price(value, line.currency_code) for name, value in line.prices.items()
        }
        fields = {name: _cell(value) for name, value in line.fields.items()}
        cells = {"tld": line.tld, **fields, "currency": line.currency_code, **prices}
        writer.writerow({name: csv_safe(text) for name, text in cells.items()})
    return out.getvalue()


def format_price(amount: int | None, currency_code: str) -> str:
    """A price as staff type it: decimals in the currency's own scale, blank if it is not offered."""
    return "" if amount is None else f"{Money(amount, currency_code).decimal():f}"


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return write_registry_fields(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
