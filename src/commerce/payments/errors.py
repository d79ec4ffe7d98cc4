"""What errors about payments, refunds and gateways say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "attempt.amount_changed": _("The amount has changed since this payment was started."),
    "gateway.foreign_address": _("The way to pay answered with an address that is not its own."),
    "gateway.iban_not_valid": _("The IBAN of bank transfer is not valid."),
    "gateway.keeps_no_cards": _("This gateway keeps no cards."),
    "gateway.no_bank_account": _("Bank transfer needs an IBAN or an account number."),
    "gateway.not_answering": _(
        "%(gateway)s does not answer at the moment. Please try again in some minutes."
    ),
    "gateway.sends_no_messages": _("This gateway sends no messages."),
    "gateway.settings_missing": _("%(gateway)s cannot be switched on without: %(fields)s."),
    "gateway.takes_no_transfers": _("This gateway takes no transfers."),
    "gateway.unknown": _("There is no way to pay of the name %(name)s."),
    "idempotency_key.not_valid": _("The one-time key has 1 to 64 characters."),
    "payment.amount_not_valid": _("The amount is above 0 and at most what is due."),
    "payment.booked_elsewhere": _("This transaction was booked on another invoice."),
    "payment.currency_differs": _("This invoice is in %(currency)s."),
    "payment.day_in_future": _("The day of receipt must not be in the future."),
    "payment.gateway_not_offered": _("This way to pay is not offered for this invoice."),
    "payment.kept_unallocated": _(
        "This transaction is kept as an unallocated payment; assign that."
    ),
    "payment.method_unknown": _("The method is one of %(methods)s."),
    "payment.more_than_due": _("This is more than is due; the rest becomes credit of the client."),
    "payment.no_part": _("This invoice is paid as a whole."),
    "payment.no_reversal_reason": _("Say why the money went back."),
    "payment.not_reversible": _(
        "This payment is %(status)s; only money that counts can be taken back."
    ),
    "payment.reference_exists": _("A payment with the reference %(reference)s exists already."),
    "payment.reference_too_long": _("A reference has at most %(maximum)s characters."),
    "refund.amount_not_valid": _("A refund is above 0 and at most what is left of its payment."),
    "refund.key_used": _("This key was used for another refund."),
    "refund.no_reason": _("A refund needs a reason."),
    "refund.payment_not_completed": _(
        "This payment is %(status)s; only a completed one can be refunded."
    ),
    "transfer_notice.ended": _("This transfer notice is %(status)s already."),
    "unallocated_payment.already_booked": _("This transaction is booked as a payment already."),
    "unallocated_payment.currency_differs": _(
        "This invoice is in %(invoice_currency)s, the payment in %(payment_currency)s."
    ),
    "unallocated_payment.ended": _("This payment is %(status)s already."),
    "unallocated_payment.no_return_note": _("Say how the money was returned."),
    "unallocated_payment.reason_unknown": _("This is no reason for an unallocated payment."),
}
