"""Commands by which staff act on a domain: what is changed at its registrar, and how it renews."""

from typing import Any

import click

from commerce.billing.periods.actions.domain_requests import change_term
from commerce.cli.acts import add_acts
from commerce.cli.domains.find import find_domain
from commerce.cli.domains.transfers import domain
from commerce.cli.kept_calls import limit_option, print_calls
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list
from commerce.config import console
from commerce.domains.actions.changes import request_contacts
from commerce.domains.actions.sync_requests import request_sync
from commerce.domains.actions.transfers import give_new_code
from commerce.domains.records.domains import DOMAIN_FIELDS
from commerce.domains.registrants import CONTACT_ROLES, MAX_LENGTHS
from commerce.jobs.models import RemoteCall
from commerce.kit.errors import BusinessError
from commerce.record_acts.domains import DOMAIN_ACTS

__all__ = ["domain"]  # the group, with all its commands

name_argument = click.argument("name")


@domain.command()
@name_argument
@limit_option
@json_option
def calls(name: str, *, limit: int, as_json: bool) -> None:
    """List the calls to registrar and DNS server about domain NAME, newest first. Secrets are hidden."""
    row = find_domain(name)
    found = RemoteCall.objects.filter(about=row.domain_name, at__gte=row.created_at)
    print_calls(found.newest_first()[:limit], as_json=as_json)


@domain.command()
@name_argument
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(CONTACT_ROLES),
    help="Contact to change; can be repeated. [default: all]",
)
@json_option
def contacts(name: str, *, fields: tuple[str, ...], roles: tuple[str, ...], as_json: bool) -> None:
    """Show the contacts of domain NAME, or change FIELDs of them. Fields that you don't specify stay the same.

    For a new registrant, the registry may ask the old and the new one to confirm.

    \b
    Example:
      commerce domain contacts acme.com email=dns@acme.com phone=+44.2012345 --role admin --role tech
    """
    row = find_domain(name)
    if not fields:
        records = [{"role": role, **contact} for role, contact in row.contacts.items()]
        print_list(records, as_json=as_json, none="No contacts.")
        return
    values = dict(_field(text) for text in fields)
    changed: dict[str, dict[str, Any]] = {
        role: {**row.contacts.get(role, {}), **values} for role in roles or CONTACT_ROLES
    }
    request_contacts(domain=row, contacts=changed, ctx=operator_context())
    console.print_message(
        f"The contacts of {row.domain_name} are being changed at {row.registrar}."
        f" See `commerce domain show {row.domain_name}`."
    )


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or name not in MAX_LENGTHS:
        raise BusinessError("domain.contact_field_unknown", text=text, known=", ".join(MAX_LENGTHS))
    return name, value.strip()


_TYPED_ELSEWHERE = (request_sync, give_new_code, change_term)
"""Acts whose commands do more: ask at once, several; read a code that no argument holds; say the price."""

add_acts(
    domain,
    tuple(action for action in DOMAIN_ACTS if action not in _TYPED_ELSEWHERE),
    find_domain,
    DOMAIN_FIELDS.read,
    id_type=click.STRING,
    id_name="name",
)
