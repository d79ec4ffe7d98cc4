"""Commands about a domain's life: renewals and restores, its transfer here, its code, and how it compares."""

from typing import Any

import click

from commerce.billing.periods.actions.domain_requests import (
    change_term,
)
from commerce.cli.domains.changes import domain, name_argument
from commerce.cli.domains.find import find_domain
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.domains.actions.drifts import drift_report
from commerce.domains.handlers.answers import TemporaryFailure
from commerce.domains.sync import sync_domain
from commerce.jobs.handlers import PermanentFailure, RetryLater
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money

__all__ = ["domain"]  # the group, with all its commands


@domain.command()
@name_argument
@click.argument("years", type=WholeNumber(1, 10))
def term(name: str, *, years: int) -> None:
    """Renew domain NAME by YEARS each time from now on."""
    row = find_domain(name)
    change_term(domain=row, years=years, ctx=operator_context())
    row.refresh_from_db()
    price = Money(row.recurring_amount, row.currency_id)
    console.print_message(f"{row.domain_name} renews by {row.term_years} years for {price}.")


@domain.command()
@click.argument("names", nargs=-1, required=True)
def sync(names: tuple[str, ...]) -> None:
    """Ask the registrars of NAMES now, and take over dates, lock, privacy, nameservers, and status.

    Otherwise each domain is asked about daily or weekly.
    """
    for row in [find_domain(name) for name in names]:
        try:
            sync_domain(row.pk, operator_context())
        except (TemporaryFailure, PermanentFailure, RetryLater) as error:
            raise BusinessError(
                "domain.not_synced", name=row.domain_name, problem=str(error)
            ) from error
        row.refresh_from_db()
        console.print_message(
            f"{row.domain_name} is {row.status}, expires {row.expiry_date or '-'}."
        )


@domain.command()
@click.option("--open", "only_open", is_flag=True, help="Only differences that are still there.")
@json_option
def drift(*, only_open: bool, as_json: bool) -> None:
    """List recent differences between domains here and at their registrars, newest first."""
    rows = drift_report(operator_context())
    records: list[dict[str, Any]] = [
        {
            "domain": row.domain.domain_name,
            "client": row.domain.client_id,
            "registrar": row.domain.registrar,
            "field": row.field,
            "ours": row.ours,
            "theirs": row.theirs,
            "found_at": row.found_at,
            "resolved_at": row.resolved_at,
        }
        for row in (rows.filter(resolved_at=None) if only_open else rows)
    ]
    print_list(records, as_json=as_json, none="No differences.")
