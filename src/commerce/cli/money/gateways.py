"""Commands about payment gateways: their settings, whether clients can choose them, and what they told us."""

import logging
from datetime import timedelta
from typing import Any

import click

from commerce.cli.acts import add_acts
from commerce.cli.adapter_settings import confirm_option, field_records, set_field
from commerce.cli.lookup import find_gateway, find_gateway_event, operator_context
from commerce.cli.output import json_option, pick, print_list, print_record, print_rows
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.kit.text import clean_text
from commerce.payments.actions.gateway_events import REFUSED_DAYS
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts_in_use import resume_gateway
from commerce.payments.gateways.contract import Gateway
from commerce.payments.models import GatewayEvent, RefusedMessage
from commerce.payments.receive_message import message_url
from commerce.payments.records.payments import GATEWAY_EVENT_FIELDS, REFUSED_MESSAGE_FIELDS
from commerce.payments.rules import GatewayEventStatus
from commerce.record_acts.money import GATEWAY_EVENT_ACTS
from commerce.site_settings import current
from commerce.site_settings.actions import set_setting
from commerce.site_settings.adapter_fields import missing_fields

TEST_MODE_TEXT = "Test mode: no money moves, but invoices are marked as paid."


@click.group()
def gateway() -> None:
    """Manage payment gateways and the events they send."""


@gateway.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List payment gateways in the order in which clients see them."""
    adapters = [registry.get_gateway(slug) for slug in registry.offerable_slugs()]
    records = [gateway_record(adapter) for adapter in adapters]
    shown = ("gateway", "name", "enabled", "missing", "webhook_url", "parked_events")
    print_list(records, as_json=as_json, none="No gateways.", table=pick(records, *shown))
    for adapter in adapters:
        _say_test_mode(adapter)


def _say_test_mode(adapter: Gateway) -> None:
    if adapter.is_test_mode:
        console.print_message(f"{adapter.slug}: {TEST_MODE_TEXT}", level=logging.WARNING)


def gateway_record(adapter: Gateway) -> dict[str, Any]:
    slug = adapter.slug
    return {
        "gateway": slug,
        "name": str(adapter.name),
        "enabled": current.get_setting(f"gateway.{slug}.enabled"),
        "test_mode": adapter.is_test_mode,
        "missing": [each.name for each in missing_fields(adapter.fields, adapter.settings)],
        "flow": adapter.capabilities.flow,
        "webhook_url": message_url(slug),
        "parked_events": GatewayEvent.objects.parked().filter(gateway=slug).count(),
    }


@gateway.command()
@click.argument("slug", metavar="GATEWAY")
@json_option
def show(slug: str, *, as_json: bool) -> None:
    """Show the settings and capabilities of GATEWAY. Secrets are shown as set or not set."""
    adapter = find_gateway(slug)
    can = adapter.capabilities
    last = GatewayEvent.objects.filter(gateway=slug).newest_first().first()
    record = gateway_record(adapter) | {
        "saved_cards": can.saved_cards,
        "automatic_payment": can.off_session,
        "refunds": can.refund,
        "partial_refunds": can.partial_refund,
        "last_event_at": last.received_at if last else None,
        "refused_messages": RefusedMessage.objects.filter(gateway=slug).count(),
        "settings": field_records(f"gateway.{slug}", adapter.fields),
    }
    print_record(record, as_json=as_json)
    _say_test_mode(adapter)


@gateway.command("set")
@click.argument("slug", metavar="GATEWAY")
@click.argument("field")
@click.argument("value", required=False)
@click.option("--clear", is_flag=True, help="Delete the value.")
@confirm_option
def set_(slug: str, field: str, value: str | None, *, clear: bool, confirm: bool) -> None:
    """Set FIELD of GATEWAY to VALUE. List the fields with `commerce gateway show`.

    Secrets aren't accepted as an argument: omit VALUE, then type or pipe it.

    Before a value is saved that says which account is used, that account is asked for up to ten saved payment
    methods. If it doesn't have them, nothing is saved without --confirm.

    \b
    Example:
      commerce gateway set bank_transfer account_name "Example Ltd"
    """
    known = {each.name: each for each in find_gateway(slug).fields}
    if field not in known:
        raise BusinessError("gateway.field_unknown", field_name=field, known=", ".join(known))
    set_field(f"gateway.{slug}", known[field], value, clear=clear, is_confirmed=confirm)


@gateway.command()
@click.argument("slug", metavar="GATEWAY")
def test(slug: str) -> None:
    """Check the settings of GATEWAY with the provider. Nothing is charged."""
    registry.check_gateway(find_gateway(slug))
    resume_gateway(slug, at=operator_context().at)
    console.print_message(f"{slug} works.")


@gateway.command()
@click.argument("slug", metavar="GATEWAY")
def enable(slug: str) -> None:
    """Offer GATEWAY to clients, after testing its settings."""
    adapter = find_gateway(slug)
    set_setting(key=f"gateway.{slug}.enabled", value="on", ctx=operator_context())
    console.print_message(f"{slug} is enabled.")
    _say_test_mode(adapter)
    if url := message_url(slug):
        console.print_message(f"Webhooks go to {url}")


@gateway.command()
@click.argument("slug", metavar="GATEWAY")
def disable(slug: str) -> None:
    """Stop offering GATEWAY to clients.

    Events of payments that were already started are still processed as long as the settings are kept.
    """
    find_gateway(slug)
    set_setting(key=f"gateway.{slug}.enabled", value="off", ctx=operator_context())
    console.print_message(f"{slug} is disabled.")


@gateway.command()
@click.argument("slug", metavar="[GATEWAY]", required=False)
@click.option("--state", type=EnumChoice(GatewayEventStatus), help="Filter by state.")
@click.option(
    "--refused",
    is_flag=True,
    help=f"Messages that failed verification, kept for {REFUSED_DAYS} days.",
)
@click.option("--limit", type=WholeNumber(1, 10_000), default=100, show_default=True)
@json_option
def events(
    slug: str | None, *, state: str | None, refused: bool, limit: int, as_json: bool
) -> None:
    """List events received from gateways, newest first.

    \b
    Example:
      commerce gateway events --state parked
    """
    if refused and state:
        raise click.UsageError("--refused can't be combined with --state.")
    of_one = {"gateway": find_gateway(slug).slug} if slug else {}
    if refused:
        rows = RefusedMessage.objects.filter(**of_one).order_by("-id")[:limit]
        records = [_refused_record(row) for row in rows]
        table = pick(records, "id", "gateway", "received_at", "address", "reason", "body")
        print_list(records, as_json=as_json, none="No refused messages.", table=table)
        return
    found = GatewayEvent.objects.filter(**of_one | ({"status": state} if state else {}))
    shown = "id gateway kind received_at status tries error"
    print_rows(
        GATEWAY_EVENT_FIELDS,
        found.newest_first()[:limit],
        shown,
        as_json=as_json,
        none="No events.",
    )


def _refused_record(row: RefusedMessage) -> dict[str, Any]:
    return {
        **REFUSED_MESSAGE_FIELDS.read(row),
        "body": clean_text(bytes(row.body).decode("utf-8", "replace")),
        "kept_until": row.received_at + timedelta(days=REFUSED_DAYS),
    }


add_acts(gateway, GATEWAY_EVENT_ACTS, find_gateway_event, GATEWAY_EVENT_FIELDS.read)
