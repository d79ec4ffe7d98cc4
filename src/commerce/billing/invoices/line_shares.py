"""What is left of the lines of documents for each service, read from the rows (billing.md 8)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from commerce.billing.invoices.credit_note_rules import RemainingShare
from commerce.billing.models import Invoice, LineShare


@dataclass(slots=True)
class ShareBalance:
    """A share as it was issued, and what notes have left of it: ``net`` and ``tax``.

    ``given_back_from`` is the day from which on a plan change gave its days back.
    """

    issued: LineShare
    net: int
    tax: int
    given_back_from: date | None = None

    @property
    def remaining(self) -> RemainingShare:
        """What is left, as the rules of credit notes see it."""
        line = self.issued.line
        return RemainingShare(
            line.pk,
            line.position,
            line.kind,
            (line.tax_category, line.tax_rate_milli),
            self.net,
            self.tax,
            self.issued.service_id,
        )


def share_balances(shares: "QuerySet[LineShare]") -> list[ShareBalance]:
    """Each share of these rows with what notes have left of it, in the order of invoices, lines and services."""
    rows = shares.select_related("line__invoice").order_by("line__invoice", "line__position", "pk")
    balances: dict[tuple[int, int | None], ShareBalance] = {}
    credited = []
    for row in rows:
        if row.credit_line_id is None:
            balances[row.line_id, row.service_id] = ShareBalance(row, row.net, row.tax)
        else:
            credited.append(row)
    for row in credited:
        balance = balances[row.line_id, row.service_id]
        balance.net += row.net
        balance.tax += row.tax
        if row.period_start is not None:
            balance.given_back_from = row.period_start
    return list(balances.values())


def remaining_shares(invoice: Invoice) -> list[RemainingShare]:
    """What notes have left of each share of an invoice, in the order of its lines."""
    rows = LineShare.objects.filter(line__invoice=invoice)
    return [balance.remaining for balance in share_balances(rows)]


def remaining_of_lines(invoice: Invoice, positions: Collection[int]) -> dict[int, int]:
    """What notes have left of some lines, gross, by position; without those of which nothing is left."""
    left = dict.fromkeys(positions, 0)
    for share in remaining_shares(invoice):
        if share.position in left:
            left[share.position] += share.gross
    return {position: gross for position, gross in left.items() if gross}
