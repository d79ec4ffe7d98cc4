"""What follows from what: the only list of side effects across apps.

An action publishes its event in its own transaction (``jobs.events.publish``). Each function listed here then runs as
one job: after commit, in a transaction of its own, tried again when it fails, parked for staff when it fails for good.
It is called as ``(event, at, actor)``, may run long after the event, and so looks at what is true now. One that tells
people is marked ``as_of_event``: facts that change are in its event, and its ``at`` is when that happened. No network
in a reaction: one that needs some queues a job for that.

    InvoicePaid: [orders.actions.activate_paid_order],
"""

from collections.abc import Mapping, Sequence

from commerce.jobs import events
from commerce.jobs.events import Reaction


def reactions() -> Mapping[type, Sequence[Reaction]]:
    """Event by event, what follows from it. A function, since models are there only when the apps are ready."""
    from commerce.accounts import staff_emails
    from commerce.billing import emails as bills
    from commerce.billing import events as billing
    from commerce.billing.actions.domain_renewals import carry_out_renewals
    from commerce.billing.documents import working
    from commerce.orders import emails as order_mails
    from commerce.orders import events as orders
    from commerce.orders.reactions import order_ends_with_invoice, order_follows_payment
    from commerce.payments import emails as payment_mails
    from commerce.payments import events as payments

    return {
        billing.InvoiceIssued: [working.document_invoice, bills.tell_of_invoice],
        billing.InvoicePaid: [
            order_follows_payment,
            carry_out_renewals,
            bills.thank_for_payment,
        ],
        billing.InvoiceClosed: [order_ends_with_invoice],
        billing.ReminderDue: [bills.tell_to_pay],
        billing.LateFeeAdded: [bills.tell_of_late_fee],
        billing.CreditNoteIssued: [working.document_credit_note, bills.tell_of_credit_note],
        billing.CreditAdded: [bills.tell_of_credit],
        billing.PaidAfterTermination: [bills.tell_of_dead_service_paid],
        payments.PaymentBooked: [payment_mails.thank_for_part],
        payments.LatePaymentBooked: [payment_mails.tell_of_late_payment],
        payments.StrayReceiptKept: [payment_mails.tell_of_stray_receipt],
        payments.TransferDeclared: [payment_mails.tell_of_declared_transfer],
        payments.DeclarationRejected: [payment_mails.tell_of_rejected_transfer],
        orders.OrderPlaced: [order_mails.tell_of_order],
        orders.OrderActivated: [order_mails.tell_of_active_order],
        orders.OrderCancelled: [order_mails.tell_of_cancelled_order],
        orders.OrderRejected: [order_mails.tell_of_rejected_order],
        orders.OrderAwaitingApproval: [order_mails.ask_for_approval],
        events.JobParked: [staff_emails.tell_of_parked_job],
        **_of_services_and_domains(),
    }


def _of_services_and_domains() -> Mapping[type, Sequence[Reaction]]:
    from commerce.billing import service_emails
    from commerce.billing.actions import price_changes
    from commerce.billing.reactions import requests_end_with_service
    from commerce.domains import emails as domain_mails
    from commerce.domains import events as domains
    from commerce.hosting import emails as service_mails
    from commerce.hosting import events as hosting
    from commerce.orders.reactions import first_period_is_free

    return {
        hosting.ServiceActivated: [service_mails.tell_of_activation, first_period_is_free],
        hosting.ServiceSuspended: [service_emails.tell_of_suspension],
        hosting.ServiceResumed: [service_mails.tell_of_resumption],
        hosting.ServiceCancelled: [
            requests_end_with_service,
            service_emails.tell_of_end,
            price_changes.drop_for_service,
        ],
        hosting.ServiceTerminated: [
            requests_end_with_service,
            service_mails.tell_of_termination,
            price_changes.drop_for_service,
        ],
        domains.DomainRegistered: [domain_mails.tell_of_registration],
        domains.DomainTransferredIn: [domain_mails.tell_of_transfer_in],
        domains.DomainRenewed: [domain_mails.tell_of_renewal],
        domains.DomainExpired: [domain_mails.tell_of_expiry],
        domains.DomainInRedemption: [domain_mails.tell_of_redemption],
        domains.DomainTransferredAway: [
            domain_mails.tell_of_transfer_away,
            price_changes.drop_for_domain,
        ],
        domains.DomainCancelled: [price_changes.drop_for_domain],
    }


def register() -> None:
    """Make the list known, when the apps are ready."""
    events.register(reactions())
