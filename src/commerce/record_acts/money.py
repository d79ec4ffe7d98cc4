"""What can be done with invoices and payments."""

from commerce.billing.credit.actions import apply_credit
from commerce.billing.invoices.actions.drafts import delete_draft
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.sending import remind_of_invoice, send_invoice_again
from commerce.billing.periods.actions.dunning import (
    charge_late_fee,
    lift_dunning_hold,
    set_dunning_hold,
)
from commerce.kit.acts.act import Acts
from commerce.payments.actions.disputes import lose_dispute, open_dispute_manually, win_dispute
from commerce.payments.actions.gateway_events import retry_gateway_event
from commerce.payments.actions.manual import (
    assign_unallocated_payment,
    mark_invoice_paid,
    return_unallocated_payment,
)
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.actions.transfer_notices import reject_transfer_notice
from commerce.payments.month_closing.actions import close_month, reopen_month

INVOICE_ACTS: Acts = (
    issue_invoice,
    apply_credit,
    send_invoice_again,
    remind_of_invoice,
    set_dunning_hold,
    lift_dunning_hold,
    charge_late_fee,
    delete_draft,
)
"""What is done with an invoice in one step; corrections and payments have pages and commands of their own."""

INVOICES_ACTS: Acts = (mark_invoice_paid,)
"""What is done to many invoices of a list; the page of one has a form that takes other amounts."""

PAYMENT_ACTS: Acts = (open_dispute_manually, reverse_payment)

DISPUTE_ACTS: Acts = (win_dispute, lose_dispute)

UNALLOCATED_PAYMENT_ACTS: Acts = (assign_unallocated_payment, return_unallocated_payment)

TRANSFER_NOTICE_ACTS: Acts = (reject_transfer_notice,)

GATEWAY_EVENT_ACTS: Acts = (retry_gateway_event,)

BOOKS_MONTH_ACTS: Acts = (close_month, reopen_month)
