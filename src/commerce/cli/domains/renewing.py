"""Commands about a domain's life: renewals and restores, its transfer here, its code, and how it compares."""

from dataclasses import replace
from typing import Any

import click

from commerce.billing.models import Invoice
from commerce.billing.periods.actions.domain_requests import (
    change_term,
    renew_domain_now,
    restore_domain,
)
from commerce.billing.periods.domain_offers import renewal_offers, restore_offer
from commerce.cli.domains.acts import domain, name_argument
from commerce.cli.domains.find import find_domain
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.domains.actions.codes import fetch_auth_code
from commerce.domains.actions.drifts import drift_report
from commerce.domains.handlers.answers import TemporaryFailure
from commerce.domains.sync import sync_domain
from commerce.jobs.handlers import PermanentFailure, RetryLater
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.site_settings.current import business_date

__all__ = ["domain"]  # the group, with all its commands

years_option = click.option("--years", type=WholeNumber(1, 10), help="[default: the domain's term]")


expect_option = click.option(
    "--expect", metavar="AMOUNT", help="Only if it costs this much before tax."
)


@domain.command()
@name_argument
@years_option
@expect_option
def renew(name: str, *, years: int | None, expect: str | None) -> None:
    """Invoice a renewal of domain NAME now, and print the invoice's number. It's renewed once it's paid.

    \b
    Example:
      commerce domain renew acme.com --years 2 --expect 24.00
    """
    row, ctx = find_domain(name), operator_context()
    wanted = years or row.term_years
    offers = renewal_offers(row, business_date(ctx.at)) if expect else []
    expected = next((offer for offer in offers if offer.years == wanted), None)
    if expect and expected:
        expected = replace(expected, amount=parse_amount(expect, row.currency_id))
    _print_invoice(renew_domain_now(domain=row, years=years, expected=expected, ctx=ctx))


@domain.command()
@name_argument
@expect_option
def restore(name: str, *, expect: str | None) -> None:
    """Invoice the restore of domain NAME from redemption, and print the invoice's number.

    The fee includes a renewal. It's restored once it's paid.
    """
    row, ctx = find_domain(name), operator_context()
    expected = restore_offer(row) if expect else None
    if expect and expected:
        fee = parse_amount(expect, row.currency_id) - expected.renewal.amount
        expected = replace(expected, fee=fee)
    _print_invoice(restore_domain(domain=row, expected=expected, ctx=ctx))


def _print_invoice(invoice: Invoice) -> None:
    click.echo(invoice.number)
    due = Money(invoice.amount_due, invoice.currency_id)
    console.print_message(f"{due} due {invoice.due_date}.")


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
@name_argument
def code(name: str) -> None:
    """Print the authorization code of domain NAME. The transfer lock must be off. Owners are emailed."""
    click.echo(fetch_auth_code(domain=find_domain(name), limit=False, ctx=operator_context()))


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
