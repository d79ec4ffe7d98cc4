"""What staff do with all services of a client at once (accounts.md 2)."""

from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.hosting.models import Service
from commerce.hosting.provisioning import request_suspension
from commerce.hosting.rules import ServiceStatus, SuspensionReason
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


def suspend_client_services_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Blocks suspending a client's services together where none is active."""
    active = Service.objects.for_client(client).filter(status=ServiceStatus.ACTIVE)
    return None if active.exists() else StateConflict("client.no_active_services", is_moot=True)


def _done_text(count: int, client: Client) -> str:
    text = ngettext(
        "%(count)d service is being suspended.", "%(count)d services are being suspended.", count
    )
    return text % {"count": count}


@act(
    "client.suspend_services",
    Client,
    label=_("Suspend all services"),
    done=_done_text,
    staff=StaffPermission.CLIENTS_SUSPEND,
    blocked=suspend_client_services_blocked_reason,
    asks_password=True,
    is_danger=True,
)
@transaction.atomic
def suspend_client_services(*, client: Client, reason: Annotated[str, REASON], ctx: Context) -> int:
    """Have every active service of a client switched off, as staff; returns how many. The client's status stays.

    No payment brings them back: staff resume each. Raises ``StateConflict`` when none is active.
    """
    row = bump_revision(client.pk, ctx)
    if blocked := suspend_client_services_blocked_reason(row, ctx):
        raise blocked
    active = Service.objects.for_client(row).filter(status=ServiceStatus.ACTIVE).order_by("pk")
    switched_off = sum(
        request_suspension(
            service=service, suspension_reason=SuspensionReason.STAFF, reason=reason, ctx=ctx
        )
        for service in active
    )
    write_audit_entry(
        ctx=ctx,
        action="client.services_suspended",
        record=("client", row.pk),
        name=row.name,
        client_id=row.pk,
        after={"services": switched_off},
        reason=reason,
        staff_only=True,
    )
    return switched_off
