"""Commands about clients, the customer records that are billed."""

from typing import TYPE_CHECKING, Any

import click

from commerce.cli import ready

if TYPE_CHECKING:
    from commerce.accounts.models import Client
    from commerce.kit.actor import Actor


def operator() -> "Actor":
    """Who acts, for audit entries: whoever may run commands on the server."""
    from commerce.kit.actor import Actor

    return Actor("system", name="commerce command")


def find(text: str) -> "Client":
    """The client with this id or billing e-mail. Raises ``Refused``: there is none, or there are several."""
    from commerce.accounts.models import Client
    from commerce.kit.errors import Refused

    if text.isascii() and text.isdecimal():
        found = list(Client.objects.filter(pk=int(text))) if len(text) < 19 else []
    else:
        found = list(Client.objects.filter(email__iexact=text).order_by("id"))
    if not found:
        raise Refused(f"There is no client with the id or billing e-mail {text}.")
    if len(found) > 1:
        several = "".join(f"\n  {one.pk}  {one.name}  {one.company}".rstrip() for one in found)
        raise Refused(
            f"Several clients have the billing e-mail {text}; name one by its id:{several}"
        )
    return found[0]


def known(country: str, currency: str) -> tuple[str, str]:
    """The two codes, if there are such. Raises ``Refused``."""
    from commerce.catalog.models import Currency
    from commerce.kit.errors import Refused

    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Refused(f"{country} is not a country code such as DE.")
    if not Currency.objects.filter(pk=currency).exists():
        raise Refused(f"{currency} is not a currency of this installation.")
    return country, currency


@click.group()
def client() -> None:
    """Make clients, and change what counts for them."""


def change_details(text: str, details: dict[str, str | None]) -> "Client":
    """Write what was given, and nothing else. Raises ``Refused`` when that is nothing."""
    from django.db import transaction

    from commerce.accounts.actions import change_client, set_api_rate
    from commerce.kit import clock
    from commerce.kit.errors import Refused

    given: dict[str, Any] = {name: each for name, each in details.items() if each is not None}
    if not given:
        raise Refused("Say what to change, such as --postcode 10115.")
    row = find(text)
    if "country" in given:
        given["country"] = known(given["country"].upper(), row.currency_code)[0]
    with transaction.atomic():
        if "api_rate" in given:
            rate = requests_a_minute(given.pop("api_rate"))
            set_api_rate(client=row, rate=rate, at=clock.now(), actor=operator())
        return change_client(client=row, at=clock.now(), actor=operator(), **given)


def requests_a_minute(typed: str) -> int | None:
    """A rate as it was typed; None for the installation's. Raises ``Refused`` for what is no whole number."""
    from commerce.kit.errors import Refused

    if typed == "default":
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
        raise Refused(f"{typed} is not a number of requests a minute, such as 120, or default.")
    return int(typed)


@client.command()
@click.argument("client")
@click.option("--company")
@click.option("--address1")
@click.option("--address2")
@click.option("--postcode")
@click.option("--city")
@click.option("--state")
@click.option("--country", metavar="CODE", help="ISO 3166, such as DE.")
@click.option("--tax-id")
@click.option(
    "--api-rate",
    metavar="N",
    help='Requests a minute that each API token may make; "default": as the installation allows.',
)
def change(client: str, **details: str | None) -> None:
    """Change the billing address of CLIENT (id or billing e-mail), its company, tax number or API rate.

    What is not given stays; an empty value ("") empties. Issued invoices do not change.
    """
    ready.django()
    from django.conf import settings

    changed = change_details(client, details)
    parts = [changed.name, changed.address1, changed.city]
    ready.say(f"Client {changed.pk}: {', '.join(filter(None, parts))}.")
    if details["api_rate"] is not None:
        quota, seconds = (changed.api_rate, 60) if changed.api_rate else settings.COMMERCE_API_RATE
        ready.say(f"Each API token may make {quota} requests in {seconds} seconds.")


@client.command()
@click.option(
    "--owner", required=True, metavar="EMAIL", help="Who signs in; made if not known yet."
)
@click.option("--first-name", required=True)
@click.option("--last-name", required=True)
@click.option("--country", required=True, metavar="CODE", help="ISO 3166, such as DE.")
@click.option("--currency", required=True, metavar="CODE", help="ISO 4217, such as EUR.")
@click.option("--email", metavar="EMAIL", help="Where bills go. [default: the owner's]")
@click.option("--company", default="")
@click.option("--phone", default="")
@click.option("--address1", default="")
@click.option("--address2", default="")
@click.option("--city", default="")
@click.option("--state", default="")
@click.option("--postcode", default="")
@click.option("--tax-id", default="")
def create(
    *,
    owner: str,
    email: str | None,
    country: str,
    currency: str,
    first_name: str,
    last_name: str,
    **details: Any,
) -> None:
    """Make a client with its owner, welcome him by mail, and print its id.

    A new owner chooses a password through the link of the page "forgot password".
    """
    ready.django()
    from django.conf import settings

    from commerce.accounts.actions import open_account
    from commerce.kit import clock

    country, currency = known(country.upper(), currency.upper())
    made, new = open_account(
        owner_email=owner,
        first_name=first_name,
        last_name=last_name,
        email=email or owner,
        country=country,
        currency_code=currency,
        at=clock.now(),
        actor=operator(),
        **{name: value for name, value in details.items() if value},
    )
    if new:
        ready.say(f"{owner} chooses a password at {settings.COMMERCE_URL}/client/forgot-password")
    click.echo(made.pk)
