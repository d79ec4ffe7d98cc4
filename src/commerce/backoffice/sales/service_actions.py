"""The buttons of a service's record (services-and-provisioning.md 1)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.sales import service_forms
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.actions.requests import request_plan_change
from commerce.billing.changes.plan_changes.offers import plan_change_blocked_reason
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus, PlanTotals
from commerce.billing.tax.actions import refresh_vat_check
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.presentation.amounts import format_money
from commerce.record_acts.sales import SERVICE_ACTS


def _change_plan(service: Service, data: Mapping[str, Any], ctx: Context) -> Done:
    product, cycle, credit, charge, total = data["plan"].split(":")
    change = request_plan_change(
        service=service,
        product_id=int(product),
        billing_cycle=cycle,
        vat_refresh=refresh_vat_check(client=service.client, ctx=ctx),
        expected=PlanTotals(int(credit), int(charge), int(total)),
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


SERVICE_ACTIONS = (
    RecordAction(
        name="plan",
        label=_lazy("Change plan"),
        permission=StaffPermission.SERVICES_MANAGE,
        form=service_forms.PlanChangeForm,
        run=_change_plan,
        is_atomic=False,
        blocked=plan_change_blocked_reason,
    ),
    *map(act_button, SERVICE_ACTS),
)
