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
    from commerce.billing.documents import jobs
    from commerce.billing.invoices import emails as bills
    from commerce.billing.periods.actions import domain_renewals
    from commerce.jobs.events import JobParked, RemoteRested
    from commerce.orders import emails as order_mails
    from commerce.orders import events as orders
    from commerce.orders.reactions import activate_order_after_payment, cancel_order_with_invoice

    return {
        billing.InvoiceIssued: [jobs.queue_invoice_documents, bills.tell_of_issued_invoice],
        billing.InvoicePaid: [
            activate_order_after_payment,
            domain_renewals.renew_paid_domains,
            bills.thank_for_payment,
        ],
        billing.InvoiceClosed: [cancel_order_with_invoice],
        billing.ReminderDue: [bills.remind_to_pay],
        billing.LateFeeAdded: [bills.tell_of_late_fee],
        billing.CreditNoteIssued: [
            domain_renewals.withdraw_refunded_renewals,
            jobs.queue_credit_note_documents,
            bills.tell_of_credit_note,
        ],
        billing.CreditAdded: [bills.tell_of_credit],
        billing.InvoicePaidAfterTermination: [bills.tell_of_payment_after_termination],
        orders.OrderPlaced: [order_mails.tell_of_placed_order],
        orders.OrderActivated: [order_mails.tell_of_active_order],
        orders.OrderCancelled: [order_mails.tell_of_cancelled_order],
        orders.OrderRejected: [order_mails.tell_of_rejected_order],
        orders.OrderAwaitingApproval: [order_mails.ask_for_approval],
        JobParked: [staff_emails.tell_of_parked_job],
        RemoteRested: [staff_emails.tell_of_silent_remote],
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
        consumers.ConsumerStatementCarriedOut: [statements.tell_of_carried_out_statement],
    }


def _of_plan_changes() -> Mapping[type, Sequence[EventReaction]]:
    from commerce.billing import events as billing
    from commerce.billing.changes.plan_changes import emails as plan_changes
    from commerce.payments.actions.booking import end_what_waits_for_request

    return {
        billing.PlanChangeRequestEnded: [end_what_waits_for_request],
        billing.PlanChangeApplied: [plan_changes.tell_of_applied_plan_change],
        billing.PlanChangeLapsed: [plan_changes.tell_of_lapsed_plan_change],
    }


def _of_payments() -> Mapping[type, Sequence[EventReaction]]:
    from commerce.payments import card_emails as card_mails
    from commerce.payments import emails as payment_mails
    from commerce.payments import events as payments

    return {
        payments.PaymentBooked: [payment_mails.thank_for_partial_payment],
        payments.PaymentShareBooked: [payment_mails.thank_for_share],
        payments.LatePaymentBooked: [payment_mails.tell_of_late_payment],
        payments.AutopayFailed: [card_mails.tell_of_failed_autopay],
        payments.AutopayActionRequired: [card_mails.ask_to_confirm_payment],
        payments.PaymentRefunded: [payment_mails.tell_of_refund],
        payments.DisputeOpened: [payment_mails.tell_of_dispute],
        payments.PaymentUnallocated: [payment_mails.tell_of_unallocated_payment],
        payments.TransferNoticeSubmitted: [payment_mails.tell_of_transfer_notice],
        payments.TransferNoticeRejected: [payment_mails.tell_of_rejected_transfer_notice],
    }


def _of_services() -> Mapping[type, Sequence[EventReaction]]:
    from commerce.billing.changes.cancellations.actions import close_requests_of_ended_service
    from commerce.billing.changes.cancellations.emails import tell_of_cancelled_service
    from commerce.billing.changes.price_changes import actions
    from commerce.billing.periods.emails import tell_of_suspension
    from commerce.consumers.reactions import settle_contract_of_ended_service
    from commerce.hosting import emails as service_mails
    from commerce.hosting import events as hosting
    from commerce.orders.reactions import waive_first_period_of_free_order

    return {
        hosting.ServiceActivated: [
            service_mails.tell_of_activation,
            waive_first_period_of_free_order,
        ],
        hosting.ServiceSuspended: [tell_of_suspension],
        hosting.ServiceResumed: [service_mails.tell_of_resumption],
        hosting.ServiceCancelled: [
            close_requests_of_ended_service,
            tell_of_cancelled_service,
            actions.drop_price_changes_of_service,
            settle_contract_of_ended_service,
        ],
        hosting.ServiceTerminated: [
            close_requests_of_ended_service,
            service_mails.tell_of_termination,
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
        domains.DomainRegistered: [domain_mails.tell_of_registration, open_zone_of_domain],
        domains.DomainTransferredIn: [domain_mails.tell_of_transfer_in, open_zone_of_domain],
        domains.DomainRenewed: [domain_mails.tell_of_renewal],
        domains.DomainExpired: [domain_mails.tell_of_expiry],
        domains.DomainInRedemption: [domain_mails.tell_of_redemption],
        domains.DomainTransferredAway: [
            domain_mails.tell_of_transfer_away,
            schedule_end_of_zone,
            actions.drop_price_changes_of_domain,
            abandon_renewals_of_lost_domain,
        ],
        domains.DomainBroughtBack: [domain_mails.tell_of_domain_back, open_zone_of_domain],
        domains.DomainCancelled: [
            schedule_end_of_zone,
            actions.drop_price_changes_of_domain,
            abandon_renewals_of_lost_domain,
        ],
        domains.DomainNameTaken: [domain_mails.tell_of_taken_name],
        domains.DomainRenewalDropped: [give_back_dropped_renewal],
        domains.DomainTransferHeld: [domain_mails.ask_for_transfer_code],
        domains.DomainTransferFailed: [
            credit_failed_transfer,
            domain_mails.tell_of_failed_transfer,
        ],
        domains.DomainCodeRevealed: [domain_mails.tell_of_revealed_code],
    }


def register() -> None:
    """Make the list known, when the apps are ready."""
    publish.register_reactions(reactions())
