"""What actions write that send money back or lose it, for ``expected_entries``."""

MONEY_BACK: dict[str, list[str]] = {
    "billing.book_gateway_refund": [
        "credit_note.issued currency=EUR invoice=INV-0001 total=1200 (asked)",
        "invoice.refunded status=paid > status=refunded (asked)",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
    ],
    "payments.accept_refund": [
        "credit_note.issued currency=EUR invoice=INV-0001 total=1200 (asked)",
        "invoice.refunded status=paid > status=refunded (asked)",
        "refund.accepted status=requested > status=accepted (asked)",
        "payment.refunded status=completed > status=refunded (asked)",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
        "PaymentRefunded refund_id=#",
    ],
    "payments.apply_refund_report": [
        "credit_note.issued currency=EUR invoice=INV-0001 total=1200 (asked)",
        "invoice.refunded status=paid > status=refunded (asked)",
        "refund.accepted status=requested > status=accepted (asked)",
        "payment.refunded status=completed > status=refunded (asked)",
        "refund.succeeded status=accepted > status=succeeded (asked)",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
        "PaymentRefunded refund_id=#",
    ],
    "payments.complete_refund": [
        "refund.succeeded status=accepted > status=succeeded (asked)",
    ],
    "payments.fail_refund": [
        "invoice.refund_failed source=refund:# to_credit=1200",
        "refund.failed status=accepted > status=failed (asked)",
        "CreditAdded entry_id=#",
    ],
    "payments.lose_dispute": [
        "dispute.lost status=open > status=lost (...)",
        "invoice.overdue status=paid > status=overdue",
        "invoice.reversed due_again=1200 short=0 source=payment:#:dispute:#",
        "payment.reversed status=disputed > status=reversed (...)",
        "InvoiceReopened invoice_id=#",
    ],
    "payments.open_dispute": [
        "dispute.opened amount=1200 currency=EUR reference=dp_1 (unknown to the payer)",
        "payment.disputed status=completed > status=disputed (unknown to the payer)",
        "DisputeOpened dispute_id=#",
    ],
    "payments.open_dispute_manually": [
        "dispute.opened amount=1200 currency=EUR reference=dp_1 (unknown to the payer)",
        "payment.disputed status=completed > status=disputed (unknown to the payer)",
        "DisputeOpened dispute_id=#",
    ],
    "payments.refund_payment": [
        "credit_note.issued currency=EUR invoice=INV-0001 total=1200 (asked)",
        "invoice.refunded status=paid > status=refunded (asked)",
        "refund.succeeded status=requested > status=succeeded (asked)",
        "payment.refunded status=completed > status=refunded (asked)",
        "CreditAdded entry_id=#",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
        "PaymentRefunded refund_id=#",
    ],
    "payments.reverse_payment": [
        "invoice.overdue status=paid > status=overdue",
        "invoice.reversed due_again=1200 short=0 source=payment:#",
        "payment.reversed status=completed > status=reversed (cheque bounced)",
        "InvoiceReopened invoice_id=#",
    ],
    "payments.win_dispute": [
        "dispute.won status=open > status=won (...)",
        "payment.completed status=disputed > status=completed (...)",
    ],
}
