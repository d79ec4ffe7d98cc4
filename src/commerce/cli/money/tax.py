"""Commands about tax: the dated rules, and VAT numbers of clients."""

from datetime import datetime

import click

from commerce.accounts.finding import find_client
from commerce.billing.models import TaxRule, VatCheck
from commerce.billing.records import VAT_CHECK_FIELDS
from commerce.billing.tax.actions import (
    add_tax_rule,
    remove_tax_rule,
)
from commerce.billing.tax.queries import countries_without_rate, taxation_for_client
from commerce.billing.tax.rate_text import format_rate, parse_rate, rate_percent
from commerce.billing.tax.rules import TaxClientKind, TaxProductKind
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list, print_record
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.config import console
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.presentation.countries import check_country
from commerce.site_settings import current


@click.group()
def tax() -> None:
    """Manage tax rates."""


@tax.group()
def rule() -> None:
    """Manage tax rules."""


@rule.command("list")
@click.option("--country", metavar="CODE", help="Filter by country.")
@json_option
def list_(*, country: str | None, as_json: bool) -> None:
    """List tax rules, and countries of clients that have none."""
    rows = TaxRule.objects.order_by("country", "state", "product_kind", "client_kind", "valid_from")
    if country:
        rows = rows.filter(country=country.upper())
    records = [
        {
            "id": row.pk,
            "country": row.country,
            "state": row.state,
            "percent": rate_percent(row.rate_milli),
            "category": row.category,
            "valid_from": row.valid_from,
            "products": row.product_kind,
            "clients": row.client_kind,
            "name": row.name,
            "note": row.note,
        }
        for row in rows
    ]
    print_list(records, as_json=as_json, none="No tax rules.")
    if missing := countries_without_rate(current.business_date(clock.now())):
        console.print_message(f"Countries of clients without a tax rule: {', '.join(missing)}.")


@rule.command()
@click.argument("country")
@click.argument("rate", metavar="PERCENT")
@click.option("--from", "valid_from", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--category", type=click.Choice(["S", "Z", "E", "O", "AE", "G"]), default="S")
@click.option("--state", default="", help="[default: the whole country]")
@click.option("--product", type=EnumChoice(TaxProductKind), default=TaxProductKind.ALL.value)
@click.option("--client", type=EnumChoice(TaxClientKind), default=TaxClientKind.ALL.value)
@click.option("--name", default="", help="Name on invoices, such as VAT.")
@click.option("--note", default="", help="Note on invoices if the rate is 0.")
def add(
    *,
    country: str,
    rate: str,
    valid_from: datetime,
    category: str,
    state: str,
    product: str,
    client: str,
    name: str,
    note: str,
) -> None:
    """Add a tax rate of PERCENT for COUNTRY. It applies until the next rule of its kind starts.

    \b
    Example:
      commerce tax rule add DE 19 --from 2030-01-01 --name VAT
    """
    country = country.upper()
    check_country(country)
    made = add_tax_rule(
        country=country,
        rate_milli=parse_rate(rate),
        category=category,
        valid_from=valid_from.date(),
        state=state,
        product_kind=product,
        client_kind=client,
        name=name,
        note=note,
        ctx=operator_context(),
    )
    console.print_message(f"{format_rate(made.rate_milli)} in {country} from {made.valid_from}.")


@rule.command()
@click.argument("number", metavar="ID", type=WholeNumber())
def remove(*, number: int) -> None:
    """Delete rule ID before it takes effect. A rule in force ends when the next rule of its kind starts."""
    found = TaxRule.objects.filter(pk=number).first()
    if found is None:
        raise BusinessError("tax.rule_unknown", id=number)
    remove_tax_rule(rule=found, ctx=operator_context())
    console.print_message(
        f"The rule of {format_rate(found.rate_milli)} from {found.valid_from} was deleted."
    )


@click.group()
def vat() -> None:
    """Validate VAT numbers of clients."""


@vat.command()
@click.argument("client")
@json_option
def show(*, client: str, as_json: bool) -> None:
    """Show the validation history of the VAT number of CLIENT, and how the client is taxed today."""
    found = find_client(client)
    taxation = taxation_for_client(found, current.business_date(clock.now()))
    applied = taxation.taxes(["hosting"])[0]
    record = {
        "number": found.tax_id,
        "hosting_percent": rate_percent(applied.rate_milli),
        "category": applied.category,
        "case": taxation.evidence["case"],
        "checks": [
            VAT_CHECK_FIELDS.read(row)
            for row in VatCheck.objects.for_client(found).order_by("-checked_at", "-pk")[:50]
        ],
    }
    print_record(record, as_json=as_json)
