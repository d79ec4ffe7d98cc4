"""Commands about tax: the dated rules, and VAT numbers of clients."""

from datetime import date, datetime

import click

from commerce.billing.tax.rules import TaxClientKind, TaxProductKind
from commerce.cli.lookup import find_client, operator_context
from commerce.cli.output import format_milli_percent
from commerce.cli.param_types import EnumChoice, WholeNumber, parse_milli_percent
from commerce.config import console


@click.group()
def tax() -> None:
    """Tax rules and VAT numbers."""


@tax.group()
def rule() -> None:
    """Rates with the day from which they hold."""


@rule.command("list")
@click.option("--country", metavar="CODE", help="Of this country only.")
def list_(*, country: str | None) -> None:
    """List the rules with their ids, the newest of each key last; then the countries that lack one."""
    console.load_django()
    from commerce.billing.models import TaxRule
    from commerce.billing.tax.queries import countries_without_rate
    from commerce.kit import clock
    from commerce.site_settings import current

    rows = TaxRule.objects.order_by("country", "state", "product_kind", "client_kind", "valid_from")
    if country:
        rows = rows.filter(country=country.upper())
    for row in rows:
        place = f"{row.country} {row.state}".strip()
        what = f"{row.product_kind} products, {row.client_kind} clients"
        click.echo(
            f"{row.pk:>5}  {place:24} {format_milli_percent(row.rate_milli):>8} {row.category:2}  from {row.valid_from}"
            f"  {what}  {row.name}  {row.note}".rstrip()
        )
    if missing := countries_without_rate(current.business_date(clock.now())):
        console.print_message(f"Clients live in countries without a rule: {', '.join(missing)}.")


@rule.command()
@click.argument("country")
@click.argument("rate", metavar="PERCENT")
@click.option("--from", "valid_from", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--category", type=click.Choice(["S", "Z", "E", "O", "AE", "G"]), default="S")
@click.option("--state", default="", help="[default: the whole country]")
@click.option("--product", type=EnumChoice(TaxProductKind), default=TaxProductKind.ALL.value)
@click.option("--client", type=EnumChoice(TaxClientKind), default=TaxClientKind.ALL.value)
@click.option("--name", default="", help="What invoices call it, such as VAT.")
@click.option("--note", default="", help="What invoices say of a rate of 0.")
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
    """Add a rate of PERCENT in COUNTRY from a day on. It ends where the next one of its kind begins."""
    console.load_django()
    from commerce.billing.tax.actions import add_tax_rule
    from commerce.kit.errors import BusinessError

    country = country.upper()
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise BusinessError("country.unreadable", text=country)
    made = add_tax_rule(
        country=country,
        rate_milli=parse_milli_percent(rate),
        category=category,
        valid_from=valid_from.date(),
        state=state,
        product_kind=product,
        client_kind=client,
        name=name,
        note=note,
        ctx=operator_context(),
    )
    console.print_message(
        f"{format_milli_percent(made.rate_milli)} in {country} from {made.valid_from}."
    )


@rule.command()
@click.argument("number", metavar="ID", type=WholeNumber())
def remove(*, number: int) -> None:
    """Take back rule ID (see `list`) before its day. One that counts already ends where the next of its kind begins."""
    console.load_django()
    from commerce.billing.models import TaxRule
    from commerce.billing.tax.actions import remove_tax_rule
    from commerce.kit.errors import BusinessError

    found = TaxRule.objects.filter(pk=number).first()
    if found is None:
        raise BusinessError("tax.rule_unknown", id=number)
    remove_tax_rule(rule=found, ctx=operator_context())
    console.print_message(
        f"The rule of {format_milli_percent(found.rate_milli)} from {found.valid_from} is gone."
    )


@click.group()
def vat() -> None:
    """VAT numbers: what was answered about them."""


@vat.command()
@click.argument("client")
def check(*, client: str) -> None:
    """Ask the VAT service about the number of CLIENT (id or billing e-mail) now."""
    console.load_django()
    from commerce.billing.tax.actions import check_vat_number

    found = find_client(client)
    answer = check_vat_number(number=found.tax_id, client=found, ctx=operator_context())
    console.print_message(f"{answer.number}: {answer.answer}. {answer.name}".rstrip())


@vat.command("mark-valid")
@click.argument("client")
@click.option("--evidence", required=True, help="What proves it, such as an extract of a register.")
def mark_valid(*, client: str, evidence: str) -> None:
    """Vouch for the VAT number of CLIENT; it counts as long as an answer of the service."""
    console.load_django()
    from commerce.billing.tax.actions import mark_vat_number_valid

    marked = mark_vat_number_valid(
        client=find_client(client), evidence=evidence, ctx=operator_context()
    )
    console.print_message(f"{marked.number} counts as valid.")


@vat.command()
@click.argument("client")
def show(*, client: str) -> None:
    """List what was answered about the number of CLIENT, the newest first, and how they are taxed today."""
    console.load_django()
    from commerce.billing.models import VatCheck
    from commerce.billing.tax.queries import taxation_for_client
    from commerce.kit import clock
    from commerce.site_settings import current

    found = find_client(client)
    for row in VatCheck.objects.for_client(found).order_by("-checked_at", "-pk")[:50]:
        who = "staff" if row.by_staff else row.consultation_number
        click.echo(f"{row.checked_at:%Y-%m-%d %H:%M}  {row.number}  {row.answer}  {who}".rstrip())
    today: date = current.business_date(clock.now())
    taxation = taxation_for_client(found, today)
    applied = taxation.taxes(["hosting"])[0]
    case = taxation.evidence["case"].replace("_", " ")
    console.print_message(
        f"Hosting is taxed at {format_milli_percent(applied.rate_milli)} {applied.category} ({case})."
    )
