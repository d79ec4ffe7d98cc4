"""Commands about domain names: what there is, what can be had, and orders for it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import click

from commerce.accounts.finding import find_client
from commerce.billing.tax.actions import refresh_vat_check
from commerce.catalog.finding import find_currency
from commerce.catalog.models import Currency
from commerce.cli.domains.find import find_domain
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list, print_record, print_rows
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.cli.sales.order_input import parse_order_lines
from commerce.config import console
from commerce.domains.actions.changes import shown_changes
from commerce.domains.availability import NameAnswer, NameState, check_names
from commerce.domains.models import Domain, DomainDrift, RegistrantVerification, Tld
from commerce.domains.offers import search_names
from commerce.domains.rdap.lookup import RdapDomain, RdapUnknown, look_up
from commerce.domains.records.domains import DOMAIN_FIELDS
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, DomainStatus
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.money import Money
from commerce.orders.actions.placing import place_cart_lines
from commerce.presentation.idn import stored_name

SHOWN_JOBS = 5


@click.group()
def domain() -> None:
    """Manage domains at their registrars."""


@domain.command("list")
@click.option("--client", metavar="CLIENT", help="Filter by client (ID or billing email).")
@click.option("--status", type=EnumChoice(DomainStatus), help="Filter by status.")
@click.option("--tld", metavar="TLD", help="Filter by TLD, such as com.")
@click.option("--registrar", metavar="REGISTRAR", help="Filter by registrar.")
@click.option(
    "--expires-by",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only live domains that expire on or before this day.",
)
@json_option
def list_(
    *,
    client: str | None,
    status: str | None,
    tld: str | None,
    registrar: str | None,
    expires_by: datetime | None,
    as_json: bool,
) -> None:
    """List domains by name."""
    rows = DOMAIN_FIELDS.with_related(Domain.objects.order_by("domain_name", "pk"))
    if client:
        rows = rows.for_client(find_client(client))
    filters = {
        "status": status,
        "tld": tld and tld.lower().lstrip("."),
        "registrar": registrar,
        "expiry_date__lte": expires_by and expires_by.date(),
    }
    rows = rows.filter(**{name: value for name, value in filters.items() if value})
    if expires_by:
        rows = rows.filter(status__in=LIVE_DOMAIN_STATUSES)
    shown = "id domain status client registrar expiry_date auto_renew"
    print_rows(
        DOMAIN_FIELDS, rows.iterator(chunk_size=500), shown, as_json=as_json, none="No domains."
    )


@domain.command()
@click.argument("name")
@click.option("--remote", is_flag=True, help="Also ask the registrar how it stands there.")
@click.option("--rdap", is_flag=True, help="Also ask the registry what it shows to the public.")
@json_option
def show(name: str, *, remote: bool, rdap: bool, as_json: bool) -> None:
    """Show domain NAME (or ID) with its contacts, changes in progress, differences, and latest jobs."""
    row = find_domain(name)
    changes = shown_changes(row, clock.now())
    drifts = DomainDrift.objects.filter(domain=row, resolved_at=None).order_by("field")
    jobs = Job.objects.of(("domain", row.pk)).order_by("-pk")[:SHOWN_JOBS]
    record = DOMAIN_FIELDS.read(row) | {
        "verification": [
            {"state": one.state, "last_day": one.last_day, "email": one.email, "since": one.since}
            for one in RegistrantVerification.objects.filter(domain=row)
        ],
        "changes": [
            {"kind": kind, "status": one.status, "requested_at": one.requested_at}
            for kind, one in changes.items()
        ],
        "differences": [
            {"field": one.field, "ours": one.ours, "theirs": one.theirs, "since": one.found_at}
            for one in drifts
        ],
        "jobs": [
            {"id": job.pk, "action": job.action, "status": job.status, "error": job.error}
            for job in jobs
        ],
    }
    if remote:
        record["at_registrar"] = _remote_record(row)
    if rdap:
        record["at_registry"] = rdap_record(row.domain_name)
    print_record(record, as_json=as_json)


def _remote_record(row: Domain) -> list[dict[str, Any]]:
    answer = registrar_of(row).info(domain_name_of(row))
    if answer.data is None:
        return [{"problem": answer.problem, "message": answer.message}]
    info = answer.data
    return [
        {
            "state": info.state,
            "remote_id": info.remote_id,
            "registration_date": info.registration_date,
            "expiry_date": info.expiry,
            "locked": info.is_locked,
            "whois_privacy": info.whois_privacy,
            "nameservers": list(info.nameservers),
        }
    ]


def rdap_record(name: str) -> list[dict[str, Any]]:
    """What a registry shows of a name, or why that is not known."""
    try:
        found = look_up(name)
    except RdapUnknown:
        return [{"problem": "no RDAP server is known for this TLD"}]
    except OSError as error:
        return [{"problem": str(error)}]
    return [_public_record(found)] if found else [{"problem": "not registered"}]


def _public_record(found: RdapDomain) -> dict[str, Any]:
    return {
        "registrar": found.registrar,
        "registered": found.registered,
        "expires": found.expiry,
        "transferable_from": found.transferable_from,
        "locked": found.is_locked,
        "statuses": list(found.statuses),
        "nameservers": list(found.nameservers),
    }


@domain.command()
@click.argument("names", nargs=-1, required=True)
@click.option(
    "--currency", metavar="CURRENCY", help="Currency of the prices. [default: the default one]"
)
@json_option
def search(names: tuple[str, ...], *, currency: str | None, as_json: bool) -> None:
    """Check whether NAMES can be registered, and for how much. A word without a TLD is checked under all TLDs on sale.

    \b
    Example:
      commerce domain search harbor-lights acme.com
    """
    code = (find_currency(currency) if currency else Currency.objects.get(is_default=True)).pk
    on_sale = list(Tld.objects.on_sale().values_list("tld", flat=True))
    wanted: dict[str, None] = {}
    for typed in names:
        found = search_names(typed, on_sale)
        is_word = not (found.asked or found.unsold_tld)
        wanted |= dict.fromkeys(found.others if is_word else [found.asked or stored_name(typed)])
    records = [_answer_record(answer, code) for answer in check_names(wanted, code).values()]
    print_list(records, as_json=as_json, none="No TLDs on sale.")


def _answer_record(answer: NameAnswer, currency_code: str) -> dict[str, Any]:
    shown = {NameState.AVAILABLE: ("register", "renew"), NameState.TAKEN: ("transfer",)}
    prices: dict[str, Money | None] = dict.fromkeys(("register", "renew", "transfer"))
    for operation in shown.get(answer.state, ()):
        amount = getattr(answer.offer, operation, None)
        prices[operation] = None if amount is None else Money(amount, currency_code)
    return {"domain": answer.name, "state": answer.state, **prices}


for_client = click.option(
    "--client", required=True, metavar="CLIENT", help="Client it's for (ID or billing email)."
)
holder_option = click.option(
    "--holder",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Registrant field, such as phone=+49.301234; other fields come from the client.",
)
extra_option = click.option(
    "--extra",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Additional field that the registry requires.",
)
no_invoice_option = click.option(
    "--no-invoice", is_flag=True, help="Don't invoice. The order waits for `order approve`."
)


@domain.command()
@click.argument("name")
@for_client
@click.option("--years", type=WholeNumber(1, 10), default=1, show_default=True)
@click.option("--nameserver", "hosts", multiple=True, metavar="HOST", help="Nameserver (2 to 4).")
@click.option("--privacy", is_flag=True, help="Enable WHOIS privacy.")
@holder_option
@extra_option
@no_invoice_option
def register(
    name: str,
    *,
    client: str,
    years: int,
    hosts: tuple[str, ...],
    privacy: bool,
    holder: tuple[str, ...],
    extra: tuple[str, ...],
    no_invoice: bool,
) -> None:
    """Order the registration of NAME for a client, and print the order's number. It's registered once it's paid.

    Without nameservers, the default ones are used.

    \b
    Example:
      commerce domain register acme.com --client alice@example.com --years 2
    """
    name = stored_name(name)
    place_names(
        client,
        with_invoice=not no_invoice,
        names=[f"{name}:{years}"],
        hosts=[f"{name}:{host}" for host in hosts],
        hidden=[name] if privacy else [],
        holder=holder,
        extra=[f"{name}:{pair}" for pair in extra],
    )


def place_names(client: str, *, with_invoice: bool, **typed: Any) -> None:
    owner, ctx = find_client(client), operator_context()
    nothing: dict[str, Any] = dict.fromkeys(
        ("products", "options", "names", "transfers", "hosts", "hidden", "prices"), ()
    )
    cart_lines = parse_order_lines(owner, **nothing | typed)
    made = place_cart_lines(
        cart_lines=cart_lines,
        client=owner,
        placed_by=None,
        shown_total=None,
        vat_refresh=refresh_vat_check(client=owner, ctx=ctx),
        idempotency_key=f"command {uuid4()}",  # a name can be here only once
        with_invoice=with_invoice,
        ctx=ctx,
    )
    click.echo(made.number)
    if made.invoice is None:
        console.print_message(
            f"The order has no invoice. Approve it with `commerce order approve {made.number}`."
        )
