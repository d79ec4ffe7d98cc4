"""What a re-price does, or did, as the command prints it: a line for each change, sums, and what is left out."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

import click

from commerce.billing.changes.price_changes.reprice_runs import FailedClient
from commerce.billing.changes.price_changes.repricing import RepricingResult
from commerce.kit.errors import error_code
from commerce.kit.money import Money

_NAMED = 10
"""So many of those that are left out for one reason are named."""


@dataclass(slots=True)
class RepriceReport:
    """Rows as JSON has them, amounts in minor units; ``applied`` if they are written."""

    applied: bool
    changes: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def add(self, repricing: RepricingResult) -> None:
        item = repricing.item
        about = {"kind": repricing.kind, "id": item.pk, "name": str(item), "client": item.client_id}
        if error := repricing.blocked_reason:
            self.left_out.append({**about, "reason": str(error), "code": error.code})
            return
        self.changes.append(
            {
                **about,
                "charged": repricing.charged,
                "currency_code": item.currency_id,
                "old_amount": repricing.old_amount,
                "new_amount": repricing.amount,
                "from_date": None if repricing.dropped else str(repricing.from_date),
                "list_price": repricing.announced
                and {
                    "new_amount": repricing.announced.amount,
                    "from_date": str(repricing.announced.from_date),
                },
            }
        )

    def add_failure(self, failed: FailedClient) -> None:
        text = (str(failed.error).splitlines() or [""])[0]
        self.errors.append(
            {
                "client": failed.client_id,
                "error": f"{type(failed.error).__name__}: {text}",
                "code": error_code(failed.error),
            }
        )

    def totals(self) -> list[dict[str, Any]]:
        """Currencies never mix, nor do cycles: what is charged each month does not add to what is charged each year."""
        key = itemgetter("currency_code", "charged")
        rows = sorted((row for row in self.changes if row["from_date"]), key=key)
        groups = [(*found, list(members)) for found, members in groupby(rows, key)]
        return [
            {
                "currency_code": code,
                "charged": charged,
                "number": len(members),
                "old_amount": sum(row["old_amount"] for row in members),
                "new_amount": sum(row["new_amount"] for row in members),
            }
            for code, charged, members in groups
        ]

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "applied": self.applied,
            "changes": self.changes,
            "totals": self.totals(),
            "left_out": self.left_out,
            "errors": self.errors,
        }

    def show(self) -> None:
        """For people."""
        for row in self.changes:
            click.echo(_change(row))
        for row in self.totals():
            click.echo(_total(row))
        for reason, number in Counter(row["reason"] for row in self.left_out).items():
            ids = [str(row["id"]) for row in self.left_out if row["reason"] == reason][:_NAMED]
            more = ", …" if number > _NAMED else ""
            click.echo(f"{number} skipped ({', '.join(ids)}{more}): {reason}")
        for row in self.errors:
            click.echo(f"client {row['client']} failed: {row['error']}")


def _change(row: dict[str, Any]) -> str:
    code, announced = row["currency_code"], row["list_price"]
    what = f"{row['kind']} {row['id']}  client {row['client']}  {row['name']}, {row['charged']}"
    old, new = Money(row["old_amount"], code), Money(row["new_amount"], code)
    says = f"{old} → {new} from {row['from_date']}" if row["from_date"] else f"stays at {old}"
    if announced:
        says += (
            f", in place of {Money(announced['new_amount'], code)} from {announced['from_date']}"
        )
    return f"{what}  {says}"


def _total(row: dict[str, Any]) -> str:
    old, new = (Money(row[name], row["currency_code"]) for name in ("old_amount", "new_amount"))
    sign = "+" if new.amount > old.amount else ""
    return f"together {row['number']} in {old.currency}, {row['charged']}: {old} → {new} ({sign}{new - old})"
