"""Lines get their tax: by the kind of product, as the tax rules say for a client (billing.md 5)."""

from collections.abc import Sequence
from dataclasses import replace

from commerce.billing.rules import OUTSIDE_SCOPE, Line
from commerce.billing.tax import Taxation


def taxed(lines: Sequence[Line], taxation: Taxation) -> list[Line]:
    """Lines with the tax of their ``tax_kind``; one without a kind keeps the tax that it has, if it has one."""
    taxes = taxation.taxes([line.tax_kind for line in lines])
    return [
        line
        if not line.tax_kind and line.tax != OUTSIDE_SCOPE
        else replace(line, tax=tax, home_rate_milli=taxation.home_rate_milli(line.tax_kind))
        for line, tax in zip(lines, taxes, strict=True)
    ]


def with_notice(notes: str, taxation: Taxation) -> str:
    """Notes of an invoice, with what it must say about its tax."""
    if not taxation.notice or taxation.notice in notes:
        return notes
    return f"{notes}\n\n{taxation.notice}".strip()
