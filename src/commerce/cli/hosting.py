"""Commands about services, and about what clients ask of them: cancellations and plan changes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from commerce.cli import ready
from commerce.cli.clients import find, operator

if TYPE_CHECKING:
    from commerce.billing.models import CancellationRequest, PlanChange
    from commerce.hosting.models import Service


def find_service(number: int) -> "Service":
    """The service with this id. Raises ``Refused``."""
    from commerce.hosting.models import Service
    from commerce.kit.errors import Refused

    found = Service.objects.filter(pk=number).select_related("product").first()
    if found is None:
        raise Refused(f"There is no service {number}.")
    return found


def _cancellation(number: int) -> "CancellationRequest":
    from commerce.billing.models import CancellationRequest
    from commerce.kit.errors import Refused

    asked = CancellationRequest.objects.open().filter(service_id=number).first()
    if asked is None:
        raise Refused(f"No cancellation of service {number} is open.")
    return asked


def _change(number: int) -> "PlanChange":
    from commerce.billing.models import PlanChange
    from commerce.kit.errors import Refused

    asked = PlanChange.objects.open().filter(service_id=number).first()
    if asked is None:
        raise Refused(f"No plan change of service {number} is open.")
    return asked


def do(verb: Callable[..., Any], **said: Any) -> Any:
    """Call an action now, as whoever runs commands; what it returns."""
    from commerce.kit import clock

    return verb(at=clock.now(), actor=operator(), **said)


@click.group()
def service() -> None:
    """Services: what clients ask of them, and what staff do with them."""


@service.command("list")
@click.option("--client", metavar="CLIENT", help="Of one client (id or billing e-mail).")
@click.option("--status", help="Such as active.")
@click.option("--asked", is_flag=True, help="Only those with an open cancellation or plan change.")
def list_(*, client: str | None, status: str | None, asked: bool) -> None:
    """List services, the newest first."""
    ready.django()
    from commerce.billing.models import CancellationRequest, PlanChange
    from commerce.hosting.models import Service

    rows = Service.objects.select_related("product").order_by("-pk")
    if client:
        rows = rows.for_client(find(client))
    if status:
        rows = rows.filter(status=status)
    if asked:
        ending = CancellationRequest.objects.open().values("service_id")
        rows = rows.filter(pk__in=ending) | rows.filter(
            pk__in=PlanChange.objects.open().values("service_id")
        )
    for row in rows.iterator(chunk_size=500):
        click.echo(
            f"{row.pk:>7}  {row.status:10}  client {row.client_id}  {row.product.name}"
            f"  {row.domain}  due {row.next_due_date or '-'}"
        )


@service.command()
@click.argument("number", type=ready.ID)
def show(*, number: int) -> None:
    """Show a service, with what is asked of it."""
    ready.django()
    from commerce.billing.actions.by_staff import open_periods
    from commerce.billing.models import CancellationRequest, PlanChange
    from commerce.kit.money import Money

    row = find_service(number)
    price = Money(row.amount, row.currency_id)
    click.echo(f"{row.label}: {row.product.name}, {row.status}, {price} {row.billing_cycle}")
    click.echo(f"Next due {row.next_due_date or '-'}, ends {row.cancel_at or '-'}")
    click.echo(f"Account {row.username or '-'} on {row.server or '-'}, id {row.remote_id or '-'}")
    if row.suspension_reason:
        click.echo(f"Suspended since {row.suspended_at:%Y-%m-%d}: {row.suspension_reason}")
    for claim in open_periods(row):
        period = f"{claim.period_start} to {claim.period_end}"
        click.echo(f"Invoice {claim.invoice} for {period} is open")
    for asked in CancellationRequest.objects.open().filter(service=row):
        click.echo(f"Cancellation {asked.kind}, {asked.status}: {asked.reason}")
    for change in PlanChange.objects.open().filter(service=row).select_related("product"):
        click.echo(f"Change to {change.product.name}, {change.billing_cycle}, {change.status}")


@service.command()
@click.argument("number", type=ready.ID)
@click.option("--reason", required=True)
@click.option("--at-end", is_flag=True, help="With what is paid, not at once.")
def cancel(*, number: int, reason: str, at_end: bool) -> None:
    """End a service without a request of its client."""
    ready.django()
    from commerce.billing.actions.cancellations import cancel_by_staff

    row = find_service(number)
    do(cancel_by_staff, service=row, kind="end_of_period" if at_end else "immediate", reason=reason)
    row.refresh_from_db()
    ready.say(f"{row.label} is {row.status}, ends {row.cancel_at or 'now'}.")


@service.command("approve-cancellation")
@click.argument("number", type=ready.ID)
@click.option("--note", default="", help="For the client.")
def approve_cancellation(*, number: int, note: str) -> None:
    """Let the open cancellation of service NUMBER happen."""
    ready.django()
    from commerce.billing.actions import cancellations

    do(cancellations.approve_cancellation, request=_cancellation(number), note=note)
    ready.say("Approved.")


@service.command("reject-cancellation")
@click.argument("number", type=ready.ID)
@click.option("--note", required=True, help="For the client.")
def reject_cancellation(*, number: int, note: str) -> None:
    """Say no to the open cancellation of service NUMBER."""
    ready.django()
    from commerce.billing.actions import cancellations

    do(cancellations.reject_cancellation, request=_cancellation(number), note=note)
    ready.say("Rejected.")


@service.command("approve-change")
@click.argument("number", type=ready.ID)
@click.option("--note", default="", help="For the client.")
def approve_change(*, number: int, note: str) -> None:
    """Let the plan change of service NUMBER go on, at today's figures."""
    ready.django()
    from commerce.billing.actions import plan_changes
    from commerce.billing.tax import refresh_vat

    change = _change(number)
    do(refresh_vat, client=change.client)
    do(plan_changes.approve_plan_change, change=change, note=note)
    ready.say(f"The change is {change.status}.")


@service.command("reject-change")
@click.argument("number", type=ready.ID)
@click.option("--note", required=True, help="For the client.")
def reject_change(*, number: int, note: str) -> None:
    """Say no to the plan change of service NUMBER."""
    ready.django()
    from commerce.billing.actions import plan_changes

    do(plan_changes.reject_plan_change, change=_change(number), note=note)
    ready.say("Rejected.")
