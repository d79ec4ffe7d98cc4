"""What follows from what: the only list of side effects across apps.

An action publishes its event in its own transaction (``events.publish.publish``), which stores it. Each function
listed here then runs as one job: after commit, in a transaction of its own, tried again when it fails, parked for
staff when it fails for good. It is called as ``(event, ctx)``, may run long after the event, and so looks at what is
true now. One that tells people is marked ``at_event_time``: facts that change are in its event, and its ``ctx.at`` is
when that happened. No network in a reaction: one that needs some queues a job for that.

    InvoicePaid: [orders.actions.activate_paid_order],
"""

from collections.abc import Mapping, Sequence

from commerce.events import publish
from commerce.events.publish import EventReaction


def reactions() -> Mapping[type, Sequence[EventReaction]]:
    """Event by event, what follows from it. A function, since models are there only when the apps are ready."""
    from commerce.accounts import staff_emails
    from commerce.billing import events as billing
    from commerce.billing.credit import emails as credit_mails
    from commerce.billing.documents import jobs
    from commerce.billing.invoices import emails as bills
    from commerce.billing.periods.actions import domain_renewals
    from commerce.jobs.events import JobParked, RemoteRested
    from commerce.orders.reactions import activate_order_after_payment, cancel_order_with_invoice

    return {
        billing.InvoiceIssued: [jobs.queue_invoice_documents, bills.send_invoice_issued_email],
        billing.InvoicePaid: [
            activate_order_after_payment,
            domain_renewals.renew_paid_domains,
            bills.send_invoice_paid_email,
        ],
        billing.InvoiceClosed: [cancel_order_with_invoice],
        billing.ReminderDue: [bills.remind_to_pay],
        billing.LateFeeAdded: [bills.send_late_fee_email],
        billing.CreditNoteIssued: [
            domain_renewals.withdraw_refunded_renewals,
            jobs.queue_credit_note_documents,
            bills.send_credit_note_email,
        ],
        billing.CreditAdded: [credit_mails.send_credit_added_email],
        billing.InvoicePaidAfterTermination: [bills.send_payment_after_termination_email],
        JobParked: [staff_emails.send_job_parked_email],
        RemoteRested: [staff_emails.send_remote_silent_email],
        **_of_orders(),
        **_of_plan_changes(),
        **_of_payments(),
        **_of_services(),
        **_of_domains(),
        **_of_consumers(),
    }


def _of_consumers() -> Mapping[type, Sequence[EventReaction]]:
    from commerce.consumers import events as consumers
    from commerce.consumers import reactions as statements

    return {
        consumers.ConsumerStatementMade: [statements.match_statement],
        consumers.ConsumerStatementCarriedOut: [statements.send_statement_carried_out_email],
    }


def _of_orders() -> Mapping[type, Sequence[EventReaction]]:
    from commerce.orders import emails as order_mails
    from commerce.orders import events as orders
    from commerce.orders.sales_quotes import emails as quote_mails

    return {
        orders.QuoteSent: [quote_mails.send_quote_email],
        orders.QuoteAccepted: [quote_mails.send_quote_accepted_email],
        orders.OrderPlaced: [order_mails.send_order_placed_email],
        orders.OrderActivated: [order_mails.send_order_active_email],
        orders.OrderCancelled: [order_mails.send_order_cancelled_email],
        orders.OrderRejected: [order_mails.send_order_rejected_email],
        orders.OrderAwaitingApproval: [order_mails.ask_for_approval],
    }


def _of_plan_changes() -> Mapping[type, Sequence[EventReaction]]:
    from commerce.billing import events as billing
    from commerce.billing.changes.plan_changes import emails as plan_changes
    from commerce.payments.actions.received_money import end_what_waits_for_request

    return {
        billing.PlanChangeRequestEnded: [end_what_waits_for_request],
        billing.PlanChangeApplied: [plan_changes.send_plan_change_applied_email],
        billing.PlanChangeLapsed: [plan_changes.send_plan_change_lapsed_email],
    }


def _of_payments() -> Mapping[type, Sequence[EventReaction]]:
    from commerce.payments import card_emails as card_mails
    from commerce.payments import emails as payment_mails
    from commerce.payments import events as payments

    return {
        payments.PaymentBooked: [payment_mails.send_partial_payment_email],
        payments.PaymentShareBooked: [payment_mails.send_payment_share_email],
        payments.LatePaymentBooked: [payment_mails.send_late_payment_email],
        payments.AutopayFailed: [card_mails.send_autopay_failed_email],
        payments.AutopayActionRequired: [card_mails.ask_to_confirm_payment],
        payments.PaymentRefunded: [payment_mails.send_payment_refunded_email],
        payments.DisputeOpened: [payment_mails.send_dispute_opened_email],
        payments.PaymentUnallocated: [payment_mails.send_payment_unallocated_email],
        payments.TransferNoticeSubmitted: [payment_mails.send_transfer_notice_email],
        payments.TransferNoticeRejected: [payment_mails.send_transfer_notice_rejected_email],
    }


def _of_services() -> Mapping[type, Sequence[EventReaction]]:
    from commerce.billing.changes.cancellations.actions import close_requests_of_ended_service
    from commerce.billing.changes.cancellations.emails import send_service_cancelled_email
    from commerce.billing.changes.price_changes import actions
    from commerce.billing.periods.emails import send_service_suspended_email
    from commerce.consumers.reactions import settle_contract_of_ended_service
    from commerce.hosting import emails as service_mails
    from commerce.hosting import events as hosting
    from commerce.orders.reactions import waive_first_period_of_free_order

    return {
        hosting.ServiceActivated: [
            service_mails.send_service_activated_email,
            waive_first_period_of_free_order,
        ],
        hosting.ServiceSuspended: [send_service_suspended_email],
        hosting.ServiceResumed: [service_mails.send_service_resumed_email],
        hosting.ServiceCancelled: [
            close_requests_of_ended_service,
            send_service_cancelled_email,
            actions.drop_price_changes_of_service,
            settle_contract_of_ended_service,
        ],
        hosting.ServiceTerminated: [
            close_requests_of_ended_service,
            service_mails.send_service_terminated_email,
            actions.drop_price_changes_of_service,
            settle_contract_of_ended_service,
        ],
    }


def _of_domains() -> Mapping[type, Sequence[EventReaction]]:
    from commerce.billing.changes.price_changes import actions
    from commerce.billing.periods.actions.domain_renewals import (
        abandon_renewals_of_lost_domain,
        give_back_dropped_renewal,
    )
    from commerce.dns.reactions import open_zone_of_domain, schedule_end_of_zone
    from commerce.domains import emails as domain_mails
    from commerce.domains import events as domains
    from commerce.orders.reactions import credit_failed_transfer

    return {
        domains.DomainRegistered: [domain_mails.send_domain_registered_email, open_zone_of_domain],
        domains.DomainTransferredIn: [
            domain_mails.send_domain_transferred_in_email,
            open_zone_of_domain,
        ],
        domains.DomainRenewed: [domain_mails.send_domain_renewed_email],
        domains.DomainExpired: [domain_mails.send_domain_expired_email],
        domains.DomainInRedemption: [domain_mails.send_domain_in_redemption_email],
        domains.DomainTransferredAway: [
            domain_mails.send_domain_transferred_away_email,
            schedule_end_of_zone,
            actions.drop_price_changes_of_domain,
            abandon_renewals_of_lost_domain,
        ],
        domains.DomainBroughtBack: [domain_mails.send_domain_back_email, open_zone_of_domain],
        domains.DomainCancelled: [
            schedule_end_of_zone,
            actions.drop_price_changes_of_domain,
            abandon_renewals_of_lost_domain,
        ],
        domains.DomainNameTaken: [domain_mails.send_domain_taken_email],
        domains.DomainRenewalDropped: [give_back_dropped_renewal],
        domains.DomainTransferHeld: [domain_mails.ask_for_transfer_code],
        domains.DomainTransferFailed: [
            credit_failed_transfer,
            domain_mails.send_transfer_failed_email,
        ],
        domains.DomainCodeRevealed: [domain_mails.send_code_revealed_email],
    }


def register() -> None:
    """Make the list known, when the apps are ready."""
    publish.register_reactions(reactions())
