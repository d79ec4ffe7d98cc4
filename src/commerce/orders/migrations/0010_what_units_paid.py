from typing import Any

from django.db import migrations


def write_shares(apps: Any, schema_editor: Any) -> None:
    """Each unit of an invoiced order says which lines of the invoice bill its first period, and how much of them."""
    order, billed = apps.get_model("orders", "Order"), apps.get_model("billing", "Billed")
    orders = order.objects.filter(invoice__isnull=False, items__action="product").distinct()
    for row in orders.order_by("pk").iterator(chunk_size=500):
        kinds = list(row.invoice.lines.order_by("position").values_list("kind", flat=True))
        shares = _shares(row, kinds)
        for one in billed.objects.filter(
            invoice=row.invoice_id, service__in=shares, shares__isnull=True
        ):
            billed.objects.filter(pk=one.pk).update(shares=shares[one.service_id])


def _shares(order: Any, kinds: list[str]) -> dict[int, list[list[int]]]:
    """By service; none for an invoice whose lines are not those that its order makes."""
    found: dict[int, list[list[int]]] = {}
    expected: list[str] = []
    for item in order.items.order_by("position"):
        for kind, amounts in _lines(item):
            expected.append(kind)
            units = item.units.filter(service__isnull=False).order_by("number")
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
