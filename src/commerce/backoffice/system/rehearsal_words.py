"""What a rehearsal of a backup tells staff, in their language."""

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.models import Client
from commerce.backoffice.system.mail_words import STEP_LABELS
from commerce.billing.models import Invoice
from commerce.hosting.models import Service
from commerce.payments.models import Payment
from commerce.presentation.amounts import lazy_money
from commerce.presentation.labels import Text

_LABELS = {
    Client._meta.db_table: _lazy("Clients"),
    Service._meta.db_table: _lazy("Services"),
    Invoice._meta.db_table: _lazy("Invoices"),
    Payment._meta.db_table: _lazy("Payments"),
}


def rehearsal_figures(then: dict[str, int], now: dict[str, int]) -> list[Text]:
    """How much there was, and is: rows, and sums by currency."""
    lines: list[Text] = []
    for table, label in _LABELS.items():
        lines.append(_line(label, f"{then.get(table, 0):,} → {now.get(table, 0):,}"))
        for name in sorted(one for one in now if one.startswith(f"{table}.")):
            currency = name.rpartition(" ")[2]
            money = [lazy_money(totals.get(name, 0), currency) for totals in (then, now)]
            lines.append(_line(label, format_lazy("{} → {}", *money)))
    return lines


def rehearsal_steps(steps: list[dict[str, Any]]) -> list[Text]:
    """What tomorrow's steps would do, each with how many rows that is."""
    return [_line(STEP_LABELS[one["step"]], f"{one['rows']:,}") for one in steps if one["counts"]]


def _line(label: Text, value: Text) -> Text:
    return format_lazy("{label}: {value}", label=label, value=value)
