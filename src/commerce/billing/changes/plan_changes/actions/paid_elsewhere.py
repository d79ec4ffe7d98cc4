"""What was paid for days of a service before it came here (billing.md 8)."""

from datetime import date, timedelta
from operator import attrgetter
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.billing.invoices.actions.states import lock_service
from commerce.billing.models import PaidElsewhere
from commerce.hosting.actions.editing import running_only_blocked_reason
from commerce.hosting.models import Service
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Amount, Day
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


@act(
    "service.paid_elsewhere",
    Service,
    label=_("Paid elsewhere"),
    intro=_(
        "For days that the client paid for before this service came here. A plan change gives back"
        " what is left of it as credit."
    ),
    submit=_("Save"),
    done=lambda _stated, _service: _(
        "Saved. A plan change gives back what is left of it as credit."
    ),
    staff=StaffPermission.SERVICES_MANAGE,
    blocked=running_only_blocked_reason,
    example=(
        "service paid-elsewhere 7 --amount 12.50 --first-day 2030-01-01 --last-day 2030-12-31"
        ' --reason "paid at the old host"'
    ),
)
@transaction.atomic
def state_paid_elsewhere(
    *,
    service: Service,
    amount: Annotated[
        int,
        Amount(_("Amount in %(currency)s, with tax"), currency=attrgetter("currency_id"), least=1),
    ],
    first_day: Annotated[date, Day(_("First day"))],
    last_day: Annotated[date, Day(_("Last day"))],
    reason: Annotated[str, REASON],
    ctx: Context,
) -> PaidElsewhere:
    """Staff state what was paid for days of a service before it came here, with tax; a plan change gives what is left
    of it back as credit.
    """
    row = lock_service(service, ctx)
    if blocked := running_only_blocked_reason(row, ctx):
        raise blocked
    if last_day < first_day:
        raise BusinessError("paid_elsewhere.no_days", field="last_day")
    period_end = last_day + timedelta(days=1)
    stated = PaidElsewhere.objects.create(
        service=row,
        client_id=row.client_id,
        amount=amount,
        period_start=first_day,
        period_end=period_end,
        reason=reason,
        created_at=ctx.at,
    )
    write_audit_entry(
        ctx=ctx,
        action="service.paid_elsewhere",
        record=("service", row.pk),
        name=row.label,
        client_id=row.client_id,
        after={"amount": amount, "start": str(first_day), "end": str(period_end)},
        reason=reason,
        staff_only=True,
    )
    return stated
