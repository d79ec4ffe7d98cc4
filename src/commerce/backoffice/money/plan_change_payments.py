"""A payment that staff record for the request of a plan change, on the page of that."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.money.payment_forms import RecordPaymentForm
from commerce.billing.changes.plan_changes.actions.paying import takes_money
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.models import PlanChange
from commerce.kit import ids
from commerce.kit.context import Context
from commerce.payments.actions.manual import record_manual_plan_change_payment
from commerce.presentation.amounts import format_money
from commerce.presentation.labels import Text


def _record(change: PlanChange, typed: Mapping[str, Any], ctx: Context) -> str:
    """Book what was received, which carries the change out; what is not needed becomes credit."""
    confirmed = {name for name in ("reference", "amount") if typed.get(f"confirm_{name}")}
    payment = record_manual_plan_change_payment(
        change=change,
        amount=typed["amount"],
        method=typed["method"],
        received_on=typed["received_on"],
        idempotency_key=ids.random_key(),
        reference=typed["reference"],
        note=typed["note"],
        confirmed=frozenset(confirmed),
        ctx=ctx,
    )
    change.refresh_from_db()
    amount = {"amount": format_money(payment.amount, payment.currency_id)}
    if change.status == PlanChangeStatus.APPLIED:
        return _("%(amount)s was recorded. The plan has changed.") % amount
    return _("%(amount)s was recorded and added to the client's credit balance.") % amount


def _unless_payable(change: PlanChange) -> Text | None:
    return None if takes_money(change) else _lazy("Only plan changes that await payment.")


RECORD_PAYMENT = RecordAction(
    name="record-payment",
    label=_lazy("Record payment"),
    permission=StaffPermission.INVOICES_RECORD_PAYMENT,
    run=_record,
    form=RecordPaymentForm,
    unavailable=_unless_payable,
)
