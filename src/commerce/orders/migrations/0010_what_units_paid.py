from itertools import batched
from typing import Any

from django.db import migrations


def write_shares(apps: Any, schema_editor: Any) -> None:
    """Each unit of an invoiced order says which lines of the invoice bill its first period, and how much of them."""
    orders = apps.get_model("orders", "Order").objects
    invoiced = orders.filter(invoice__isnull=False).order_by("pk").values_list("pk", flat=True)
    for pks in batched(invoiced.iterator(chunk_size=10_000), 500):
        _write(apps, orders.filter(pk__in=pks).prefetch_related("items__units"))


def _write(apps: Any, orders: Any) -> None:
    billed = apps.get_model("billing", "Billed").objects
    lines = apps.get_model("billing", "InvoiceLine").objects
    invoices = [order.invoice_id for order in orders]
    kinds: dict[int, list[str]] = {pk: [] for pk in invoices}
    rows = lines.filter(invoice__in=invoices).order_by("invoice_id", "position")
    for invoice, kind in rows.values_list("invoice_id", "kind"):
        kinds[invoice].append(kind)
    shares = {order.invoice_id: _shares(order, kinds[order.invoice_id]) for order in orders}
    units = billed.filter(invoice__in=invoices, service__isnull=False, shares__isnull=True)
    told = [unit for unit in units if unit.service_id in shares[unit.invoice_id]]
    for unit in told:
        unit.shares = shares[unit.invoice_id][unit.service_id]
    billed.bulk_update(told, ["shares"], batch_size=200)


def _shares(order: Any, kinds: list[str]) -> dict[int, list[list[int]]]:
    """By service; none for an invoice whose lines are not those that its order makes."""
    found: dict[int, list[list[int]]] = {}
    expected: list[str] = []
    for item in sorted(order.items.all(), key=lambda item: item.position):
        units = sorted(item.units.all(), key=lambda unit: unit.number)
        units = [unit for unit in units if unit.service_id is not None]
        for kind, amounts in _lines(item):
            expected.append(kind)
            for unit, amount in zip(units, amounts, strict=False):
                found.setdefault(unit.service_id, []).append([len(expected), amount])
    return found if expected == kinds else {}


def _lines(item: Any) -> list[tuple[str, list[int]]]:
    """Kind of each line, and what it holds of each unit; nothing of a setup fee or a name."""
    if item.action != "product":
        return [("domain", []), *([("discount", [])] if item.promo_discount else [])]
    priced = [option["amount"] for option in item.options if option.get("amount")]
    base = item.unit_amount - sum(priced)
    found = [("item", [base] * item.qty)]
    found += [("option", [amount] * item.qty) for amount in priced]
    if item.setup_fee:
        found.append(("setup", []))
    if item.group_discount:
        found.append(("discount", _spread(item.group_discount, item.qty)))
    if item.promo_discount:
        found.append(("discount", _spread(item.promo_discount, item.qty)))
    return found


def _spread(amount: int, units: int) -> list[int]:
    """A fixed code was spread over units alike; the first ones bear what does not divide."""
    whole, rest = divmod(amount, units)
    return [whole + 1] * rest + [whole] * (units - rest)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0014_what_plan_changes_bought"),
        ("orders", "0009_one_domain_for_each_order_item"),
    ]

    # What it says stays true when the tables go back.
    operations = [migrations.RunPython(write_shares, migrations.RunPython.noop)]
