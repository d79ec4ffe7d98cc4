"""What staff do with all services of a client at once (accounts.md 2)."""

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import require_reason
from commerce.hosting.models import Service
from commerce.hosting.provisioning import request_suspension
from commerce.hosting.rules import ServiceStatus, SuspensionReason
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


def suspend_client_services_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why a client's services cannot be switched off together."""
    active = Service.objects.for_client(client).filter(status=ServiceStatus.ACTIVE)
    return None if active.exists() else StateConflict("client.no_active_services")


@transaction.atomic
def suspend_client_services(*, client: Client, reason: str, ctx: Context) -> int:
    """Have every active service of a client switched off, as staff; returns how many. The client's status stays.

    No payment brings them back: staff resume each. Raises ``StateConflict`` when none is active.
    """
    reason = require_reason(reason)
    row = bump_revision(client.pk)
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
