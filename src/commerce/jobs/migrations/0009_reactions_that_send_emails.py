"""Reactions that send an email are named by it: jobs that wait for the former names get the new ones."""

from typing import Any

from django.db import migrations

_NAMES = {
    "AutopayFailed": ("tell_of_failed_autopay", "send_autopay_failed_email"),
    "ConsumerStatementCarriedOut": ("tell_of_carried_out_statement", "send_statement_carried_out_email"),
    "CreditAdded": ("tell_of_credit", "send_credit_added_email"),
    "CreditNoteIssued": ("tell_of_credit_note", "send_credit_note_email"),
    "DisputeOpened": ("tell_of_dispute", "send_dispute_opened_email"),
    "DomainBroughtBack": ("tell_of_domain_back", "send_domain_back_email"),
    "DomainCodeRevealed": ("tell_of_revealed_code", "send_code_revealed_email"),
    "DomainExpired": ("tell_of_expiry", "send_domain_expired_email"),
    "DomainInRedemption": ("tell_of_redemption", "send_domain_in_redemption_email"),
    "DomainNameTaken": ("tell_of_taken_name", "send_domain_taken_email"),
    "DomainRegistered": ("tell_of_registration", "send_domain_registered_email"),
    "DomainRenewed": ("tell_of_renewal", "send_domain_renewed_email"),
    "DomainTransferFailed": ("tell_of_failed_transfer", "send_transfer_failed_email"),
    "DomainTransferredAway": ("tell_of_transfer_away", "send_domain_transferred_away_email"),
    "DomainTransferredIn": ("tell_of_transfer_in", "send_domain_transferred_in_email"),
    "InvoiceIssued": ("tell_of_issued_invoice", "send_invoice_issued_email"),
    "InvoicePaid": ("thank_for_payment", "send_invoice_paid_email"),
    "InvoicePaidAfterTermination": ("tell_of_payment_after_termination", "send_payment_after_termination_email"),
    "JobParked": ("tell_of_parked_job", "send_job_parked_email"),
    "LateFeeAdded": ("tell_of_late_fee", "send_late_fee_email"),
    "LatePaymentBooked": ("tell_of_late_payment", "send_late_payment_email"),
    "OrderActivated": ("tell_of_active_order", "send_order_active_email"),
    "OrderCancelled": ("tell_of_cancelled_order", "send_order_cancelled_email"),
    "OrderPlaced": ("tell_of_placed_order", "send_order_placed_email"),
    "OrderRejected": ("tell_of_rejected_order", "send_order_rejected_email"),
    "PaymentBooked": ("thank_for_partial_payment", "send_partial_payment_email"),
    "PaymentRefunded": ("tell_of_refund", "send_payment_refunded_email"),
    "PaymentShareBooked": ("thank_for_share", "send_payment_share_email"),
    "PaymentUnallocated": ("tell_of_unallocated_payment", "send_payment_unallocated_email"),
    "PlanChangeApplied": ("tell_of_applied_plan_change", "send_plan_change_applied_email"),
    "PlanChangeLapsed": ("tell_of_lapsed_plan_change", "send_plan_change_lapsed_email"),
    "RemoteRested": ("tell_of_silent_remote", "send_remote_silent_email"),
    "ServiceActivated": ("tell_of_activation", "send_service_activated_email"),
    "ServiceCancelled": ("tell_of_cancelled_service", "send_service_cancelled_email"),
    "ServiceResumed": ("tell_of_resumption", "send_service_resumed_email"),
    "ServiceSuspended": ("tell_of_suspension", "send_service_suspended_email"),
    "ServiceTerminated": ("tell_of_termination", "send_service_terminated_email"),
    "TransferNoticeRejected": ("tell_of_rejected_transfer_notice", "send_transfer_notice_rejected_email"),
    "TransferNoticeSubmitted": ("tell_of_transfer_notice", "send_transfer_notice_email"),
}


def name_by_email(apps: Any, schema_editor: Any) -> None:
    """What a worker or staff may still run; the others are history."""
    jobs = apps.get_model("jobs", "Job").objects.using(schema_editor.connection.alias)
    for event, (former, name) in _NAMES.items():
        _open(jobs, f"{event}: {former}").update(action=f"{event}: {name}")


def name_as_before(apps: Any, schema_editor: Any) -> None:
    """The way back."""
    jobs = apps.get_model("jobs", "Job").objects.using(schema_editor.connection.alias)
    for event, (former, name) in _NAMES.items():
        _open(jobs, f"{event}: {name}").update(action=f"{event}: {former}")


def _open(jobs: Any, action: str) -> Any:
    return jobs.filter(action=action, status__in=["queued", "running", "waiting", "parked"])


class Migration(migrations.Migration):
    dependencies = [("jobs", "0008_tasks_by_hand")]

    operations = [migrations.RunPython(name_by_email, name_as_before)]
