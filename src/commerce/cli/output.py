"""What commands print: one style of tables, details and JSON for all of them.

A command makes records: names with values of Python, amounts as ``Money``. As JSON an amount is a whole number of minor
units beside the ``currency_code`` of its record, as in the API, and a day or an instant is ISO 8601; tables and details
have them as people read them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import click
from django.utils.functional import Promise

from commerce.catalog.models import GroupPrice, OptionPrice, Price
from commerce.catalog.offers import BILLING_CYCLES
from commerce.config import console
from commerce.kit.money import Money
from commerce.presentation.records import Record, RecordFields, plain_value

WIDEST_CELL = 80

json_option = click.option("--json", "as_json", is_flag=True, help="Output as JSON.")


def print_list(
    records: Iterable[Record], *, as_json: bool, none: str, table: Iterable[Record] | None = None
) -> None:
    """Records as JSON, or as a table; ``table`` has its rows where it says less, or says it otherwise."""
    if as_json:
        print_json(list(records))
    elif rows := list(records if table is None else table):
        _print_table(rows)
    else:
        console.print_message(none)


def print_rows(
    fields: RecordFields, rows: Iterable[Any], shown: str, *, as_json: bool, none: str
) -> None:
    """Rows of a described kind: all of their fields as JSON, those ``shown`` as a table."""
    records = [fields.read(row, "" if as_json else shown) for row in rows]
    print_list(records, as_json=as_json, none=none)


def print_record(record: Record, *, as_json: bool) -> None:
    """One record as JSON, or a line for each of its values, then long texts and tables of what belongs to it."""
    if as_json:
        print_json(record)
        return
    tables = {name: rows for name, value in record.items() if (rows := _rows_of(value))}
    texts = {name: value for name, value in record.items() if "\n" in str(value).strip()}
    lines = {
        _label(name): value
        for name, value in record.items()
        if name not in tables and name not in texts
    }
    width = max(map(len, lines)) + 2
    for label, value in lines.items():
        click.echo(f"{label + ':':<{width}}{as_text(value)}")
    for name, value in texts.items():
        click.echo(f"\n{_label(name)}\n{str(value).strip()}")
    for name, rows in tables.items():
        click.echo(f"\n{_label(name)}")
        _print_table(rows)


def print_json(value: object) -> None:
    """What a program reads."""
    click.echo(json_text(value))


def json_text(value: object) -> str:
    """A value as JSON."""
    return json.dumps(plain_value(value), indent=2, default=_plain_scalar)


def _plain_scalar(value: object) -> str:
    """What JSON has no type for. Raises ``TypeError`` for what has no agreed form."""
    match value:
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value.normalize():f}"
        case Promise():
            return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def as_text(value: object) -> str:
    """A value as people read it; ``-`` for none."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case Decimal():
            text = f"{value.normalize():f}"
        case datetime():
            text = f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        case Mapping():
            text = ", ".join(f"{name}: {as_text(each)}" for name, each in value.items())
        case list() | tuple():
            text = _joined(value)
        case _:
            text = str(value)
    return text or "-"


def _joined(values: Sequence[object]) -> str:
    if records := [each for each in values if isinstance(each, Mapping)]:
        return "; ".join(" ".join(map(as_text, each.values())) for each in records)
    return ", ".join(map(as_text, values))


def _rows_of(value: object) -> list[Record]:
    """The rows of a table in a record; none for a value that is no table."""
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, Mapping)]


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _print_table(rows: Sequence[Record]) -> None:
    table = [tuple(name.upper().replace("_", " ") for name in rows[0])]
    table += [tuple(_cell(value) for value in row.values()) for row in rows]
    console.table(table)


def _cell(value: object) -> str:
    text = " ".join(as_text(value).split())
    return text if len(text) <= WIDEST_CELL else f"{text[: WIDEST_CELL - 1]}…"


def pick(records: Iterable[Record], *names: str) -> list[Record]:
    """These values of each record, for a table that would be too wide."""
    return [{name: record[name] for name in names} for record in records]


def blank_repeats(rows: Iterable[Record]) -> Iterator[Record]:
    """Rows of what belongs together: what a row would say again, as the row above it, is left blank."""
    above: Record = {}
    for row in rows:
        kept = {}
        repeats = True
        for name, value in row.items():
            repeats = repeats and name in above and above[name] == value
            kept[name] = " " if repeats else value
        yield kept
        above = row


def price_records(rows: Iterable[Price | GroupPrice | OptionPrice]) -> list[dict[str, object]]:
    """Prices by currency, the shortest cycle first."""
    ordered = sorted(
        rows, key=lambda row: (row.currency_id, BILLING_CYCLES.index(row.billing_cycle))
    )
    return [
        {
            "billing_cycle": row.billing_cycle,
            "price": Money(row.price, row.currency_id),
            "setup_fee": Money(row.setup_fee, row.currency_id),
        }
        for row in ordered
    ]


def percent_of_basis_points(points: int) -> Decimal:
    """Basis points as a percentage: 1250 is 12.5."""
    return Decimal(points) / 100
