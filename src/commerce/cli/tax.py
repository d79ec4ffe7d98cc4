"""Commands about tax: the dated rules, and VAT numbers of clients."""

from datetime import date, datetime
from fractions import Fraction

import click

from commerce.cli import ready
from commerce.cli.clients import find, operator
from commerce.cli.numbers import WholeNumber


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
    ready.django()
    from commerce.billing.models import TaxRule
    from commerce.billing.tax import lacking
    from commerce.kit import clock
    from commerce.preferences import current

    rows = TaxRule.objects.order_by("country", "state", "product_kind", "client_kind", "valid_from")
    if country:
        rows = rows.filter(country=country.upper())
    for row in rows:
        place = f"{row.country} {row.state}".strip()
        what = f"{row.product_kind} products, {row.client_kind} clients"
        click.echo(
            f"{row.pk:>5}  {place:24} {percent(row.rate_milli):>8} {row.category:2}  from {row.valid_from}"
            f"  {what}  {row.name}  {row.note}".rstrip()
        )
    if missing := lacking(current.business_date(clock.now())):
        ready.say(f"Clients live in countries without a rule: {', '.join(missing)}.")


@rule.command()
@click.argument("country")
@click.argument("rate", metavar="PERCENT")
@click.option("--from", "valid_from", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--category", type=click.Choice(["S", "Z", "E", "O", "AE", "G"]), default="S")
@click.option("--state", default="", help="[default: the whole country]")
@click.option("--product", type=click.Choice(["all", "hosting", "domain", "other"]), default="all")
@click.option("--client", type=click.Choice(["all", "business", "consumer"]), default="all")
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
    ready.django()
    from commerce.billing.tax import add_rule
    from commerce.kit import clock
    from commerce.kit.errors import Refused

    country = country.upper()
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Refused(f"{country} is not a country code such as DE.")
    made = add_rule(
        country=country,
        rate_milli=milli(rate),
        category=category,
        valid_from=valid_from.date(),
        state=state,
        product_kind=product,
        client_kind=client,
        name=name,
        note=note,
        at=clock.now(),
        actor=operator(),
    )
    ready.say(f"{percent(made.rate_milli)} in {country} from {made.valid_from}.")


@rule.command()
@click.argument("number", metavar="ID", type=WholeNumber())
def remove(*, number: int) -> None:
    """Take back rule ID (see `list`) before its day. One that counts already ends where the next of its kind begins."""
    ready.django()
    from commerce.billing.models import TaxRule
    from commerce.billing.tax import remove_rule
    from commerce.kit import clock
    from commerce.kit.errors import Refused

    found = TaxRule.objects.filter(pk=number).first()
    if found is None:
        raise Refused(f"There is no tax rule {number}.")
    remove_rule(rule=found, at=clock.now(), actor=operator())
    ready.say(f"The rule of {percent(found.rate_milli)} from {found.valid_from} is gone.")


def milli(typed: str) -> int:
    """A typed percentage in thousandths. Raises ``Refused`` for more than three decimals."""
    from commerce.kit.errors import Refused
    from commerce.kit.typed_numbers import parse_decimal

    try:
        exact = Fraction(parse_decimal(typed.strip().removesuffix("%"))) * 1000
    except ValueError as error:
        raise Refused(f"{typed} is not a percentage such as 19 or 8.875.") from error
    if exact.denominator != 1:
        raise Refused("A percentage has up to three decimals.")
    return exact.numerator


def percent(rate_milli: int) -> str:
    """``19 %``, ``8.875 %``."""
    whole, rest = divmod(rate_milli, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".") + " %"


@click.group()
def vat() -> None:
    """VAT numbers: what was answered about them."""


@vat.command()
@click.argument("client")
def check(*, client: str) -> None:
    """Ask the VAT service about the number of CLIENT (id or billing e-mail) now."""
    ready.django()
    from commerce.billing.tax import check_vat
    from commerce.kit import clock

    found = find(client)
    answer = check_vat(number=found.tax_id, client=found, at=clock.now(), actor=operator())
    ready.say(f"{answer.number}: {answer.answer}. {answer.name}".rstrip())


@vat.command("mark-valid")
@click.argument("client")
@click.option("--evidence", required=True, help="What proves it, such as an extract of a register.")
def mark_valid(*, client: str, evidence: str) -> None:
    """Vouch for the VAT number of CLIENT; it counts as long as an answer of the service."""
    ready.django()
    from commerce.billing.tax import mark_vat_valid
    from commerce.kit import clock

    marked = mark_vat_valid(
        client=find(client), evidence=evidence, at=clock.now(), actor=operator()
    )
    ready.say(f"{marked.number} counts as valid.")


@vat.command()
@click.argument("client")
def show(*, client: str) -> None:
    """List what was answered about the number of CLIENT, the newest first, and how he is taxed today."""
    ready.django()
    from commerce.billing.models import VatCheck
    from commerce.billing.tax import taxation_for
    from commerce.kit import clock
    from commerce.preferences import current

    found = find(client)
    for row in VatCheck.objects.for_client(found).order_by("-checked_at", "-pk")[:50]:
        who = "staff" if row.by_staff else row.consultation_number
        click.echo(f"{row.checked_at:%Y-%m-%d %H:%M}  {row.number}  {row.answer}  {who}".rstrip())
    today: date = current.business_date(clock.now())
    taxation = taxation_for(found, today)
    applied = taxation.taxes(["hosting"])[0]
    case = taxation.evidence["case"].replace("_", " ")
    ready.say(f"Hosting is taxed at {percent(applied.rate_milli)} {applied.category} ({case}).")
