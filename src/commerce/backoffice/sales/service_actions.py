"""The buttons of a service's record (services-and-provisioning.md 1)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.sales import service_forms
from commerce.billing.changes.cancellations.actions import cancel_service_without_request
from commerce.billing.changes.cancellations.rules import CancellationKind
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.actions.requests import (
    request_plan_change,
    state_paid_elsewhere,
)
from commerce.billing.changes.plan_changes.offers import plan_change_blocked_reason
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.changes.service_edits import (
    edit_service_terms,
    force_termination,
    override_service,
    withdraw_scheduled_end,
)
from commerce.billing.tax.actions import refresh_vat_check
from commerce.hosting.actions.editing import rename_service, set_service_notes
from commerce.hosting.actions.staff import set_service_account
from commerce.hosting.models import Service
from commerce.hosting.provisioning import request_resumption, request_suspension
from commerce.hosting.rules import (
    LIVE_SERVICE_STATUSES,
    RUNNING_SERVICE_STATUSES,
    ServiceStatus,
    SuspensionReason,
)
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.presentation.amounts import format_money
from commerce.presentation.labels import Text
from commerce.site_settings import current

type Data = Mapping[str, Any]


def _suspend(service: Service, data: Data, ctx: Context) -> str:
    asked = request_suspension(
        service=service, suspension_reason=data["cause"], reason=data["note"], ctx=ctx
    )
    if not asked:
        raise StateConflict("service.wrong_status", status=service.status)
    return _("The service is being suspended.")


def _resume(service: Service, data: Data, ctx: Context) -> str:
    if not request_resumption(service=service, reason=data["note"], ctx=ctx):
        raise StateConflict("service.wrong_status", status=service.status)
    return _("The service is being resumed.")


def _terminate(service: Service, data: Data, ctx: Context) -> str:
    force_termination(
        service=service, reason=data["reason"], open_period=data.get("periods", ""), ctx=ctx
    )
    return _("The service is being terminated, and its account deleted.")


def _cancel(service: Service, data: Data, ctx: Context) -> str:
    kind = CancellationKind(data["kind"])
    cancel_service_without_request(service=service, kind=kind, reason=data["reason"], ctx=ctx)
    if kind == CancellationKind.IMMEDIATE:
        return _("Service canceled.")
    return _("The service ends with the paid period.")


def _keep(service: Service, data: Data, ctx: Context) -> str:
    withdraw_scheduled_end(service=service, reason=data["reason"], ctx=ctx)
    return _("The service continues.")


def _edit_terms(service: Service, data: Data, ctx: Context) -> str:
    edit_service_terms(
        service=service,
        reason=data["reason"],
        amount=data["amount"],
        billing_cycle=data["billing_cycle"],
        next_due_date=_changed(data["next_due_date"], service.next_due_date),
        ctx=ctx,
    )
    return _("Price and dates saved. Issued invoices don't change.")


def _changed[Value](typed: Value, stored: Value) -> Value | None:
    """What was typed, or None if it is what is stored: the action then leaves it alone."""
    return None if typed == stored else typed


def _rename(service: Service, data: Data, ctx: Context) -> str:
    rename_service(service=service, label=data["label"], ctx=ctx)
    return _("Service renamed. The client sees the new name.")


def _set_account(service: Service, data: Data, ctx: Context) -> str:
    set_service_account(
        service=service,
        server=_changed(data["server"], service.server),
        username=_changed(data["username"], service.username),
        remote_id=_changed(data["remote_id"], service.remote_id),
        reason=data["reason"],
        ctx=ctx,
    )
    return _("Account saved. The server wasn't contacted.")


def _override(service: Service, data: Data, ctx: Context) -> str:
    override_service(
        service=service,
        to=ServiceStatus(data["to"]),
        reason=data["reason"],
        next_due_date=data["next_due_date"],
        suspension_reason=data["cause"] or SuspensionReason.STAFF,
        ctx=ctx,
    )
    return _("Status changed. The server wasn't contacted, and the client isn't notified.")


def _set_notes(service: Service, data: Data, ctx: Context) -> str:
    set_service_notes(service=service, notes=data["notes"], ctx=ctx)
    return _("Notes saved.")


def _change_plan(service: Service, data: Data, ctx: Context) -> Done:
    product, cycle, credit, charge, total = data["plan"].split(":")
    change = request_plan_change(
        service=service,
        product_id=int(product),
        billing_cycle=cycle,
        figures_shown=(int(credit), int(charge), int(total)),
        vat_refresh=refresh_vat_check(client=service.client, ctx=ctx),
        losses_accepted=data.get("losses_accepted", False),
        use_credit=data.get("use_credit", False),
        ctx=ctx,
    )
    to = reverse("admin:billing_planchange_change", args=[change.pk])
    if change.status == PlanChangeStatus.AWAITING_PAYMENT:
        amount = format_money(amount_to_pay(change), service.currency_id)
        text = _("The client is asked to pay %(amount)s. The plan changes when it is paid.")
        return Done(text % {"amount": amount}, to=to)
    if change.status == PlanChangeStatus.PENDING:
        return Done(_("Plan change requested. Approve it to continue."), to=to)
    return Done(_("The plan has changed."), to=to)


def _state_paid_elsewhere(service: Service, data: Data, ctx: Context) -> str:
    state_paid_elsewhere(
        service=service,
        amount=data["amount"],
        period_start=data["first_day"],
        period_end=data["last_day"] + timedelta(days=1),
        reason=data["reason"],
        ctx=ctx,
    )
    return _("Saved. A plan change gives back what is left of it as credit.")


def _running(service: Service) -> Text | None:
    running = service.status in RUNNING_SERVICE_STATUSES
    return None if running else _lazy("Only active or suspended services.")


def _living(service: Service) -> Text | None:
    return None if service.status in LIVE_SERVICE_STATUSES else _lazy("This service has ended.")


def _active(service: Service) -> Text | None:
    return None if service.status == ServiceStatus.ACTIVE else _lazy("Only active services.")


def _ends(service: Service) -> Text | None:
    return None if service.cancel_at else _lazy("No end is scheduled.")


def _no_other_plan(service: Service) -> Text | None:
    blocked: BusinessError | None = plan_change_blocked_reason(
        service, current.business_date(clock.now())
    )
    return str(blocked) if blocked else None


SERVICE_ACTIONS = (
    RecordAction(
        name="suspend",
        label=_lazy("Suspend"),
        permission=StaffPermission.SERVICES_MANAGE,
        form=service_forms.SuspensionForm,
        intro=lambda _service: _lazy(
            "Its data is kept, and billing continues. No payment brings it back."
        ),
        run=_suspend,
        unavailable=_active,
    ),
    RecordAction(
        name="resume",
        label=_lazy("Resume"),
        permission=StaffPermission.SERVICES_MANAGE,
        form=service_forms.ResumptionForm,
        intro=lambda _service: _lazy(
            "Overdue invoices that caused the suspension don't suspend it again. Later ones do."
        ),
        run=_resume,
        unavailable=lambda service: (
            None if service.status == ServiceStatus.SUSPENDED else _lazy("It isn't suspended.")
        ),
    ),
    RecordAction(
        name="terms",
        label=_lazy("Price and dates"),
        permission=StaffPermission.SERVICES_MANAGE,
        form=service_forms.TermsForm,
        submit=_lazy("Save changes"),
        run=_edit_terms,
        asks_reason=True,
        unavailable=_running,
    ),
    RecordAction(
        name="plan",
        label=_lazy("Change plan"),
        permission=StaffPermission.SERVICES_MANAGE,
        form=service_forms.PlanChangeForm,
        run=_change_plan,
        is_atomic=False,
        unavailable=_no_other_plan,
    ),
    RecordAction(
        name="paid-elsewhere",
        label=_lazy("Paid elsewhere"),
        permission=StaffPermission.SERVICES_MANAGE,
        form=service_forms.PaidElsewhereForm,
        intro=lambda _service: _lazy(
            "For days that the client paid for before this service came here. A plan change gives back"
            " what is left of it as credit."
        ),
        submit=_lazy("Save"),
        run=_state_paid_elsewhere,
        asks_reason=True,
        unavailable=_running,
    ),
    RecordAction(
        name="rename",
        label=_lazy("Rename"),
        permission=StaffPermission.SERVICES_MANAGE,
        form=service_forms.LabelForm,
        submit=_lazy("Save changes"),
        run=_rename,
        unavailable=_living,
    ),
    RecordAction(
        name="notes",
        label=_lazy("Notes"),
        permission=StaffPermission.SERVICES_MANAGE,
        form=service_forms.ServiceNotesForm,
        submit=_lazy("Save changes"),
        run=_set_notes,
    ),
    RecordAction(
        name="account",
        label=_lazy("Server and account"),
        permission=StaffPermission.SERVICES_PROVISION,
        form=service_forms.AccountForm,
        intro=lambda _service: _lazy(
            "For an account that was moved or created by hand. The server isn't contacted."
        ),
        submit=_lazy("Save changes"),
        run=_set_account,
        asks_reason=True,
    ),
    RecordAction(
        name="cancel",
        label=_lazy("Cancel service"),
        permission=StaffPermission.SERVICES_TERMINATE,
        form=service_forms.CancellationForm,
        run=_cancel,
        asks_reason=True,
        asks_password_if=service_forms.ends_now,
        password_hint=_lazy("Only needed to end the service now."),
        is_danger=True,
        unavailable=_living,
    ),
    RecordAction(
        name="keep",
        label=_lazy("Keep service"),
        permission=StaffPermission.SERVICES_TERMINATE,
        intro=lambda _service: _lazy(
            "Its scheduled end is withdrawn, with the cancellation behind it."
        ),
        run=_keep,
        asks_reason=True,
        unavailable=_ends,
    ),
    RecordAction(
        name="terminate",
        label=_lazy("Terminate"),
        permission=StaffPermission.SERVICES_TERMINATE,
        form=service_forms.TerminationForm,
        intro=lambda _service: _lazy("The service ends now. Its account is deleted with all data."),
        run=_terminate,
        asks_reason=True,
        asks_password=True,
        is_danger=True,
        unavailable=_running,
    ),
    RecordAction(
        name="override",
        label=_lazy("Override status"),
        permission=StaffPermission.SERVICES_OVERRIDE,
        form=service_forms.OverrideForm,
        intro=lambda _service: _lazy(
            "For accounts that were changed in the control panel. The server isn't contacted, and"
            " the client isn't notified."
        ),
        run=_override,
        asks_reason=True,
        is_danger=True,
    ),
)
