"""What errors about payments, refunds and gateways say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy as _n

ERRORS = {
    "attempt.amount_changed": _(
        "The amount has changed since you started this payment. Start it again."
    ),
    "attempt.under_way": _("A payment for this invoice is already being processed."),
    "books_month.earlier_is_open": _("Close the months before it first."),
    "books_month.file_unknown": _("There is no file %(name)s of %(month)s."),
    "books_month.has_gaps": _(
        "%(number)s items of this month are still open. What comes of them counts in a later month."
    ),
    "books_month.is_closed": _("This month is closed."),
    "books_month.is_open": _("This month is open."),
    "books_month.later_is_closed": _("Only the last closed month can be opened again."),
    "books_month.not_over": _("This month isn't over."),
    "books_month.runs_not_done": _(
        "No daily run has finished since this month ended. Try again after the next one."
    ),
    "books_month.super_admin_only": _("Only a super admin can open a closed month again."),
    "books_month.unknown": _("There is no month %(month)s in the list of months that are over."),
    "card_setup.under_way": _("A payment method is already being added."),
    "dispute.already_decided": _("The dispute was already decided."),
    "dispute.already_won": _("The dispute was already won."),
    "dispute.amount_not_valid": _("Enter an amount above 0, up to the amount of the payment."),
    "dispute.of_another_payment": _("Dispute %(reference)s belongs to another payment."),
    "dispute.won_just_now": _(
        "Dispute %(reference)s was recorded as won a few minutes ago. It will be checked again later."
    ),
    "gateway.account_not_tried": _(
        "%(gateway)s couldn't be asked whether this account has your saved payment methods. Save only if you're sure."
    ),
    "gateway.account_refused": _(
        "%(gateway)s doesn't accept these credentials. Save only if you're sure."
    ),
    "gateway.foreign_address": _(
        "The payment provider returned an unexpected address. Try another payment method."
    ),
    "gateway.has_no_form": _("This gateway has no payment form."),
    "gateway.iban_not_valid": _("The IBAN for bank transfers isn't valid."),
    "gateway.keeps_no_cards": _("This gateway doesn't support saved cards."),
    "gateway.key_of_another_profile": _(
        "The key belongs to another profile. Copy the key of this profile, or check %(label)s."
    ),
    "gateway.key_refused": _(
        "The payment provider refused the key. Check %(label)s and its permissions."
    ),
    "gateway.keys_of_two_modes": _(
        "The keys belong to different modes. Use keys that are all live or all test."
    ),
    "gateway.may_not_list": _(
        "%(gateway)s doesn't allow this account to list its payments, so they aren't compared. "
        "Allow transaction search there, then try again."
    ),
    "gateway.no_bank_account": _("Bank transfers require an IBAN or an account number."),
    "gateway.not_answering": _("%(gateway)s isn't responding. Try again in a few minutes."),
    "gateway.only_in_a_demo": _("%(gateway)s is only available in a demo."),
    "gateway.other_account": _n(
        "This account at %(gateway)s has %(found)s of %(asked)s saved payment methods that we asked for. It may be the"
        " wrong account, key, or mode. %(count)s saved payment method isn't charged while these settings are used."
        " Save only if you're sure.",
        "This account at %(gateway)s has %(found)s of %(asked)s saved payment methods that we asked for. It may be the"
        " wrong account, key, or mode. %(count)s saved payment methods aren't charged while these settings are used."
        " Save only if you're sure.",
        "count",
    ),
    "gateway.payment_refused": _(
        "The payment provider refused this request. Try another payment method."
    ),
    "gateway.request_refused": _("The payment provider refused this request: %(reason)s"),
    "gateway.sends_no_messages": _("This gateway doesn't send webhooks."),
    "gateway.sends_nothing_back": _("This gateway doesn't support refunds."),
    "gateway.settings_missing": _("%(gateway)s can't be turned on. Missing settings: %(fields)s."),
    "gateway.takes_no_transfers": _("This gateway doesn't accept transfers."),
    "gateway.unknown": _("Payment method %(name)s not found."),
    "gateway_event.already_queued": _("The event is already queued."),
    "gateway_event.id_not_valid": _("This event has no valid ID."),
    "gateway_event.not_understood": _("This event is signed, but its contents aren't valid."),
    "gateway_event.other_mode": _("This message is from the wrong mode: live or test."),
    "gateway_event.signature_not_valid": _("The message isn't signed by the payment provider."),
    "gateway_event.too_early": _(
        "Payment %(transaction_id)s hasn't been recorded yet, so this event has to wait."
    ),
    "gateway_event.too_old": _(
        "The message is too old, or from the future. Check the clock of your server."
    ),
    "gateway_event.unknown_reference": _("This message isn't about a payment we started."),
    "idempotency_key.not_valid": _("Use an idempotency key of 1 to 64 characters."),
    "payment.amount_not_valid": _("Enter an amount above 0, up to the amount due."),
    "payment.booked_elsewhere": _("This transaction is already recorded on another invoice."),
    "payment.currency_differs": _("This invoice is in %(currency)s. Use the same currency."),
    "payment.day_in_future": _("The date received can't be in the future."),
    "payment.gateway_not_offered": _("This payment method isn't available for this invoice."),
    "payment.invoices_differ": _("Choose invoices of one client in one currency."),
    "payment.kept_unallocated": _(
        "This transaction is already recorded as an unallocated payment. Assign that payment "
        "instead."
    ),
    "payment.method_unknown": _("Use one of the payment methods: %(methods)s."),
    "payment.more_than_due": _(
        "The amount is more than the amount due. Confirm that the rest is added to the "
        "client's credit balance."
    ),
    "payment.no_part": _("This invoice can't be paid in parts. Pay the full amount due."),
    "payment.not_of_one_invoice": _("This payment isn't for a single invoice."),
    "payment.not_received": _("The payment hasn't been received."),
    "payment.not_reversible": _("Only payments whose money is still here can be reversed."),
    "payment.reference_exists": _("A payment with the reference %(reference)s already exists."),
    "payment.reference_too_long": _("Shorten the reference to %(maximum)s characters or fewer."),
    "refund.amount_changed": _(
        "The amount that can be refunded is now %(left)s. Check your amount, then try again."
    ),
    "refund.amount_not_valid": _("Enter an amount above 0, up to what is left of the payment."),
    "refund.credit_already": _("Added funds are already credit. Refund them through the gateway."),
    "refund.currency_differs": _("This payment is in %(currency)s. Use the same currency."),
    "refund.gateway_cannot": _(
        "Payments made this way can't be refunded through the gateway. Refund to credit instead."
    ),
    "refund.key_used": _("This idempotency key was already used for another refund."),
    "refund.more_than_goes_back": _(
        "Enter an amount above 0, up to what can be refunded to payment methods. Record a payout for the rest."
    ),
    "refund.names_no_invoice": _("Choose one of the invoices paid with this payment."),
    "refund.no_reason": _("Enter a reason for the refund."),
    "refund.no_way_back": _(
        "No credit came from credit notes on payments that a gateway can still refund. Record a payout instead."
    ),
    "refund.nothing_left": _("This payment has been fully refunded."),
    "refund.only_as_payout": _(
        "This payment became credit, and its gateway can't refund it. Record a payout instead."
    ),
    "refund.only_in_full": _(
        "This gateway only supports full refunds. For a partial refund, refund to credit instead."
    ),
    "refund.outside_too_large": _(
        "Refund %(reference)s was made at the gateway and is more than what is left of the payment. "
        "Adjust the client's credit balance, then discard this report."
    ),
    "refund.payment_not_completed": _("Only completed payments can be refunded."),
    "refund.payment_too_old": _(
        "This gateway only refunds payments up to %(days)s days old. Refund to credit instead."
    ),
    "saved_card.not_chargeable": _(
        "This payment method can't be charged right now. Choose another one."
    ),
    "saved_card.removed": _("This payment method was already removed."),
    "saved_card.stopped": _("This payment method was declined. Add another one."),
    "saved_card.too_many": _("You can save up to %(maximum)s payment methods. Remove one first."),
    "top_up.amount_not_valid": _("Enter an amount from %(least)s to %(most)s."),
    "top_up.not_offered": _("You can't add funds in this currency."),
    "top_up.under_way": _("A payment that adds funds is already being processed."),
    "transfer_notice.ended": _("The reported transfer was already decided."),
    "unallocated_payment.already_booked": _("This transaction is already recorded as a payment."),
    "unallocated_payment.currency_differs": _(
        "The invoice is in %(invoice_currency)s, but the payment is in %(payment_currency)s."
    ),
    "unallocated_payment.ended": _("The payment was already assigned or returned."),
    "unallocated_payment.reason_unknown": _("This reason isn't valid for an unallocated payment."),
}
