"""Commands about tax: the dated rules, and VAT numbers of clients."""

from typing import Any

import click

from commerce.accounts.finding import find_client
from commerce.billing.models import TaxRule, VatCheck
from commerce.billing.records import VAT_CHECK_FIELDS
from commerce.billing.tax.queries import countries_without_rate, taxation_for_client
from commerce.billing.tax.rate_text import rate_percent
from commerce.cli.acts import add_acts
from commerce.cli.output import json_option, print_list, print_record
from commerce.config import console
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.record_acts.catalog import TAX_RULE_ACTS
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
    records = list(map(rule_record, rows))
    print_list(records, as_json=as_json, none="No tax rules.")
    if missing := countries_without_rate(current.business_date(clock.now())):
        console.print_message(f"Countries of clients without a tax rule: {', '.join(missing)}.")


def rule_record(row: TaxRule) -> dict[str, Any]:
    return {
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


def _find_rule(number: int) -> TaxRule:
    found = TaxRule.objects.filter(pk=number).first()
    if found is None:
        raise BusinessError("tax.rule_unknown", id=number)
    return found


add_acts(rule, TAX_RULE_ACTS, _find_rule, rule_record, names={"new": "add", "delete": "remove"})


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
