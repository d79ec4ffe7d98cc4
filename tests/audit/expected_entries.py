"""What each action on money writes into the audit log, and then the events that it publishes."""

from tests.audit.cases_of_domains import EXPECTED_ENTRIES
from tests.audit.expected_money_back import MONEY_BACK

EXPECTED: dict[str, list[str]] = {
    "billing.add_credit": [
        "credit.staff_add amount=5 balance=105 source=staff:key",
        "CreditAdded entry_id=#",
    ],
    "billing.charge_late_fee": [
        "invoice.unpaid status=draft > status=unpaid",
        "InvoiceIssued amount_due=500 invoice_id=#",
        "LateFeeAdded amount_due=500 invoice_id=#",
    ],
    "billing.add_late_fee": [
        "invoice.unpaid status=draft > status=unpaid",
        "InvoiceIssued amount_due=500 invoice_id=#",
        "LateFeeAdded amount_due=500 invoice_id=#",
    ],
    "billing.apply_credit": [
        "invoice.settled amount_due=1200 > amount_due=1191 kind=credit source=credit:#"
    ],
    "billing.apply_price_changes_to_domains": [
        "price_change.applied status=planned > status=applied",
        "domain.price_changed recurring_amount=1200 > recurring_amount=1500",
    ],
    "billing.apply_price_changes_to_services": [
        "price_change.applied status=planned > status=applied",
        "service.price_changed amount=500 > amount=900",
    ],
    "billing.approve_cancellation": [
        "cancellation_request.approved status=pending > status=approved",
        "service.cancelled status=active > status=cancelled (Too dear)",
        "cancellation_request.done status=approved > status=done",
        "ServiceCancelled service_id=#",
    ],
    "billing.book_failed_refund": [
        "invoice.refund_failed source=refund:# to_credit=1200",
        "CreditAdded entry_id=#",
    ],
    "billing.book_won_reversal": [
        "invoice.paid status=unpaid > status=paid",
        "invoice.settled amount_due=1200 > amount_due=0 kind=reversal_won source=payment:#",
        "InvoicePaid entry_id=# invoice_id=#",
    ],
    "billing.cancel_service_without_request": [
        "service.cancelled status=active > status=cancelled (Abuse)",
        "ServiceCancelled service_id=#",
    ],
    "billing.carry_out_cancellation": [
        "service.cancelled status=active > status=cancelled",
        "ServiceCancelled service_id=#",
    ],
    "billing.change_draft": ["invoice.draft_changed total=1200 > total=840 staff"],
    "billing.change_manual_draft": ["invoice.draft_changed total=1200 > total=840 staff"],
    "billing.close_requests_of_service": [
        "plan_change.withdrawn status=awaiting_payment > status=withdrawn (...)",
        "PlanChangeRequestEnded plan_change_id=#",
    ],
    "billing.credit_invoice": [
        "credit_note.issued currency=EUR invoice=INV-0001 total=5 (late)",
        "CreditNoteIssued credit_note_id=#",
    ],
    "billing.credit_open_period": [
        "billed_period.released status=open > status=released (not wanted)",
        "credit_note.issued currency=EUR invoice=INV-0001 total=500 (not wanted)",
        "invoice.cancelled status=unpaid > status=cancelled (not wanted)",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
    ],
    "billing.delete_draft": ["invoice.draft_deleted total=1200 staff"],
    "billing.draft_invoice": ["invoice.drafted currency=EUR kind=manual total=1200 staff"],
    "billing.draft_manual_invoice": ["invoice.drafted currency=EUR kind=manual total=840 staff"],
    "billing.drop_planned_price_changes": [
        "price_change.dropped status=planned > status=dropped (ended)"
    ],
    "billing.drop_price_change": ["price_change.dropped status=planned > status=dropped (asked)"],
    "billing.drop_price_changes_of_act": [
        "price_change.dropped status=planned > status=dropped (asked)"
    ],
    "billing.drop_price_changes_of_service": [
        "price_change.dropped status=planned > status=dropped (...)"
    ],
    "billing.edit_price_and_dates": [
        "service.edited amount=500 price_parts={} > amount=1250 price_parts={} (agreed by phone)"
    ],
    "billing.force_termination": [
        "service.terminated status=active > status=terminated (moved away)",
        "ServiceTerminated service_id=#",
    ],
    "billing.end_service_on": [
        "service.cancellation_scheduled ends_on=2026-06-07 (...)",
        "service.cancelled status=active > status=cancelled (...)",
        "ServiceCancelled service_id=#",
    ],
    "billing.hold_suspension": ["invoice.suspension_held suspension_hold_until=2026-06-07"],
    "billing.issue_invoice": [
        "invoice.unpaid status=draft > status=unpaid",
        "InvoiceIssued amount_due=1200 invoice_id=#",
    ],
    "billing.mark_overdue": [
        "invoice.overdue status=unpaid > status=overdue",
        "InvoiceOverdue invoice_id=#",
    ],
    "billing.move_billed_period": [
        "billed_period.paid status=open > status=paid",
        "service.renewed next_due_date=2026-05-08 > next_due_date=2026-06-08",
    ],
    "billing.move_cancellation": [
        "cancellation_request.withdrawn status=pending > status=withdrawn"
    ],
    "billing.move_invoice": ["invoice.overdue status=unpaid > status=overdue"],
    "billing.move_price_change": ["price_change.dropped status=planned > status=dropped"],
    "billing.override_service": [
        "service.cancelled status=active > status=cancelled (Gone)",
        "service.overridden next_due_date=2026-05-08 > cancelled_at=2026-06-07 14:33:10+00:00 (Gone)",
    ],
    "billing.pay_out_credit": ["credit.payout amount=-5 balance=95 source=staff:SEPA-1 (SEPA-1)"],
    "billing.post_credit": [
        "credit.downgrade amount=5 balance=5 source=plan_change:#",
        "CreditAdded entry_id=#",
    ],
    "billing.receive_payment": [
        "invoice.settled amount_due=1200 > amount_due=1100 kind=payment source=payment:#"
    ],
    "billing.refund_to_credit": [
        "credit_note.issued currency=EUR invoice=INV-0001 total=1200 (asked)",
        "invoice.refunded status=paid > status=refunded (asked)",
        "CreditAdded entry_id=#",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
    ],
    "billing.refund_to_gateway": [
        "credit_note.issued currency=EUR invoice=INV-0001 total=1200 (asked)",
        "invoice.refunded status=paid > status=refunded (asked)",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
    ],
    "billing.reject_cancellation": [
        "cancellation_request.rejected status=pending > status=rejected"
    ],
    "billing.release_invoice": ["invoice.released is_stopped=True > is_stopped=False staff"],
    "billing.release_period": ["billed_period.released status=open > status=released"],
    "billing.remove_credit": ["credit.staff_remove amount=-5 balance=95 source=staff:key"],
    "billing.renew_services": [
        "invoice.unpaid status=draft > status=unpaid",
        "InvoiceIssued amount_due=500 invoice_id=#",
    ],
    "billing.reprice_client": ["price_change.planned amount=500 > amount=900 from_date=2026-07-08"],
    "billing.reverse_settlement": [
        "invoice.overdue status=paid > status=overdue",
        "invoice.reversed due_again=1200 short=0 source=payment:#",
        "InvoiceReopened invoice_id=#",
    ],
    "billing.send_invoice_again": ["invoice.sent_again amount_due=1200"],
    "billing.remind_of_invoice": ["invoice.reminded amount_due=1200"],
    "billing.send_reminder": [
        "invoice.reminded skipped=[-3, 1, 5] step=10",
        "ReminderDue amount_due=1200 invoice_id=# step=10",
    ],
    "billing.lift_dunning_hold": ["invoice.hold_lifted dunning_hold_until=2026-06-07"],
    "billing.set_dunning_hold": ["invoice.hold_set dunning_hold_until=2026-06-07 (asked)"],
    "billing.settle": [
        "invoice.settled amount_due=1200 > amount_due=1100 kind=credit source=credit:#"
    ],
    "billing.stop_invoice": ["invoice.stopped is_stopped=False > is_stopped=True staff"],
    "billing.switch_auto_renew": [
        "domain.auto_renew_set auto_renew=True > auto_renew=False",
    ],
    "billing.void_invoice": [
        "credit_note.issued currency=EUR invoice=INV-0001 total=1200 (mistake)",
        "invoice.cancelled status=unpaid > status=cancelled (mistake)",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
    ],
    "billing.waive_period": [
        "billed_period.waived status=open > status=waived (a friend)",
        "service.renewed next_due_date=2026-05-08 > next_due_date=2026-06-08",
    ],
    "billing.withdraw_cancellation": [
        "cancellation_request.withdrawn status=approved > status=withdrawn",
        "service.cancellation_withdrawn ends_on=2026-05-08",
    ],
    "billing.withdraw_scheduled_end": [
        "service.cancellation_withdrawn ends_on=2026-05-08 (Agreed)"
    ],
    "orders.activate_order": [
        "order.activated_unpaid (a friend) staff",
        "order.active status=pending > status=active",
        "OrderActivated order_id=#",
    ],
    "orders.activate_paid_order": [
        "order.active status=pending > status=active",
        "OrderActivated order_id=#",
    ],
    "orders.approve_order": [
        "order.activated_unpaid (pays by check) staff",
        "order.active status=pending > status=active",
        "OrderActivated order_id=#",
    ],
    "orders.cancel_order": [
        "order.cancelled status=pending > status=cancelled (asked)",
        "credit_note.issued currency=EUR invoice=INV-0001 total=600 (...)",
        "invoice.cancelled status=unpaid > status=cancelled (...)",
        "service.cancelled status=pending > status=cancelled (asked)",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
        "ServiceCancelled service_id=#",
        "OrderCancelled order_id=#",
    ],
    "orders.cancel_order_without_invoice": [
        "order.cancelled status=pending > status=cancelled (...)",
        "service.cancelled status=pending > status=cancelled (...)",
        "ServiceCancelled service_id=#",
        "OrderCancelled order_id=#",
    ],
    "orders.cancel_unpaid_order": [
        "order.cancelled status=pending > status=cancelled (asked)",
        "credit_note.issued currency=EUR invoice=INV-0001 total=600 (...)",
        "invoice.cancelled status=unpaid > status=cancelled (...)",
        "service.cancelled status=pending > status=cancelled (asked)",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
        "ServiceCancelled service_id=#",
        "OrderCancelled order_id=#",
    ],
    "orders.close_client_account": [
        "service.cancelled status=active > status=cancelled (gone)",
        "client.closed status=active > status=closed (gone)",
        "ServiceCancelled service_id=#",
        "ClientChanged client_id=#",
    ],
    "orders.hold_order": ["order.held (odd) staff"],
    "orders.move_order": ["order.cancelled status=pending > status=cancelled"],
    "orders.place_cart": [
        "order.placed currency=EUR total=500",
        "service.created amount=500 billing_cycle=monthly currency=EUR product_id=#",
        "invoice.drafted currency=EUR kind=order total=500 staff",
        "invoice.unpaid status=draft > status=unpaid",
        "InvoiceIssued amount_due=500 invoice_id=#",
        "OrderPlaced order_id=#",
    ],
    "orders.change_quote_draft": ["sales_quote.changed total=500 > total=0 staff"],
    "orders.withdraw_quote": ["sales_quote.withdrawn status=sent > status=withdrawn (mistake)"],
    "orders.place_cart_lines": [
        "order.placed currency=EUR total=500",
        "service.created amount=500 billing_cycle=monthly currency=EUR product_id=#",
        "invoice.drafted currency=EUR kind=order total=500 staff",
        "invoice.unpaid status=draft > status=unpaid",
        "InvoiceIssued amount_due=500 invoice_id=#",
        "OrderPlaced order_id=#",
    ],
    "orders.create_order": [
        "product_group.created",
        "product.created",
        "price.set billing_cycle=monthly currency=EUR price=500 setup_fee=0",
        "order.placed currency=EUR total=1800",
        "service.created amount=500 billing_cycle=monthly currency=EUR product_id=#",
        "domain.created auto_renew=True currency=EUR ns1=ns1.example.net ns2=ns2.example.net"
        " recurring_amount=1200 term_years=1 whois_privacy=False",
        "invoice.drafted currency=EUR kind=order total=1800 staff",
        "invoice.unpaid status=draft > status=unpaid",
        "InvoiceIssued amount_due=1800 invoice_id=#",
        "OrderPlaced order_id=#",
    ],
    "orders.reject_order": [
        "order.cancelled status=pending > status=cancelled (odd)",
        "credit_note.issued currency=EUR invoice=INV-0001 total=600 (...)",
        "invoice.cancelled status=unpaid > status=cancelled (...)",
        "service.cancelled status=pending > status=cancelled (odd)",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
        "ServiceCancelled service_id=#",
        "OrderRejected order_id=#",
    ],
    "orders.release_order": [
        "order.pending status=fraud > status=pending (known)",
        "invoice.released is_stopped=True > is_stopped=False (known) staff",
        "domain.pending status=fraud > status=pending (known)",
    ],
    "orders.set_order_notes": ["order.noted notes=Call first staff"],
    "orders.stop_order_as_fraud": [
        "order.fraud status=active > status=fraud (odd)",
        "invoice.stopped is_stopped=False > is_stopped=True (odd) staff",
        "job.dropped status=queued > status=dropped (...)",
        "service.suspended status=active > status=suspended suspension_reason=fraud (odd)",
        "domain.auto_renew_set auto_renew=True > auto_renew=False",
        "ServiceSuspended service_id=#",
    ],
    "payments.apply_payment_report": [
        "invoice.settled amount_due=1200 > amount_due=800 kind=payment source=payment:#",
        "payment.completed amount=400 currency=EUR invoice=INV-0001 received_on=2026-06-07",
        "attempt.succeeded status=open > status=succeeded",
        "PaymentBooked amount_due=800 payment_id=#",
    ],
    "payments.process_gateway_event": [
        "invoice.settled amount_due=1200 > amount_due=800 kind=payment source=payment:#",
        "payment.completed amount=400 currency=EUR invoice=INV-0001 received_on=2026-06-07",
        "attempt.succeeded status=open > status=succeeded",
        "PaymentBooked amount_due=800 payment_id=#",
    ],
    "payments.assign_unallocated_payment": [
        "unallocated_payment.assigned status=open > status=assigned",
        "invoice.settled amount_due=1200 > amount_due=800 kind=payment source=payment:#",
        "payment.completed amount=400 currency=EUR invoice=INV-0001 received_on=2026-04-08",
        "PaymentBooked amount_due=800 payment_id=#",
    ],
    "payments.book_reported_payment": [
        "invoice.settled amount_due=1200 > amount_due=800 kind=payment source=payment:#",
        "payment.completed amount=400 currency=EUR invoice=INV-0001 received_on=2026-06-07",
        "PaymentBooked amount_due=800 payment_id=#",
    ],
    "payments.close_attempt": ["attempt.closed status=open > status=closed"],
    "payments.confirm_transfer_notice": [
        "invoice.paid status=unpaid > status=paid",
        "invoice.settled amount_due=1200 > amount_due=0 kind=payment source=payment:#",
        "payment.completed amount=1200 currency=EUR invoice=INV-0001 received_on=2026-06-07",
        "transfer_notice.confirmed status=open > status=confirmed",
        "InvoicePaid entry_id=# invoice_id=#",
        "PaymentBooked amount_due=0 payment_id=#",
    ],
    "payments.fail_attempt": ["attempt.failed status=created > status=failed"],
    "payments.close_month": ["books_month.closed status=open > status=closed"],
    "payments.reopen_month": ["books_month.open status=closed > status=open (...)"],
    "payments.record_unallocated_payment": [
        "unallocated_payment.kept amount=400 currency=EUR reason=reference staff",
        "PaymentUnallocated unallocated_payment_id=#",
    ],
    "payments.move_payment": ["payment.reversed status=completed > status=reversed"],
    "payments.note_decline": ["attempt.declined (...)"],
    "payments.open_attempt": ["attempt.open status=created > status=open"],
    "payments.mark_invoice_paid": [
        "invoice.paid status=unpaid > status=paid",
        "invoice.settled amount_due=1200 > amount_due=0 kind=payment source=payment:#",
        "payment.completed amount=1200 currency=EUR invoice=INV-0001 received_on=2026-05-31",
        "InvoicePaid entry_id=# invoice_id=#",
        "PaymentBooked amount_due=0 payment_id=#",
    ],
    "payments.record_manual_payment": [
        "invoice.settled amount_due=1200 > amount_due=800 kind=payment source=payment:#",
        "payment.completed amount=400 currency=EUR invoice=INV-0001 received_on=2026-06-07",
        "PaymentBooked amount_due=800 payment_id=#",
    ],
    "payments.record_manual_payment_of_invoices": [
        "invoice.paid status=unpaid > status=paid",
        "invoice.settled amount_due=1200 > amount_due=0 kind=payment source=payment_share:#",
        "invoice.settled amount_due=1200 > amount_due=800 kind=payment source=payment_share:#",
        "payment.completed amount=1600 currency=EUR invoices=INV-0001, INV-0002 received_on=2026-06-07",
        "InvoicePaid entry_id=# invoice_id=#",
        "PaymentShareBooked amount_due=0 share_id=#",
        "PaymentShareBooked amount_due=800 share_id=#",
    ],
    "payments.record_payment": [
        "invoice.settled amount_due=1200 > amount_due=800 kind=payment source=payment:#",
        "payment.completed amount=400 currency=EUR invoice=INV-0001 received_on=2026-06-07",
        "PaymentBooked amount_due=800 payment_id=#",
    ],
    "payments.reject_transfer_notice": [
        "transfer_notice.rejected status=open > status=rejected (not found)",
        "TransferNoticeRejected notice_id=#",
    ],
    "payments.return_unallocated_payment": [
        "unallocated_payment.returned status=open > status=returned"
    ],
    "payments.apply_card_report": [
        "saved_card.created consented_at=2026-04-08T14:33:10+00:00 default=True gateway=fake",
        "card_setup.succeeded status=open > status=succeeded",
    ],
    "payments.forget_card": ["saved_card.removed"],
    "payments.make_card_default": ["saved_card.made_default default=True"],
    "payments.open_card_setup": ["card_setup.open status=created > status=open"],
    "payments.remove_card": ["saved_card.removed"],
    "payments.save_card": [
        "saved_card.created consented_at=2026-04-08T14:33:10+00:00 default=True gateway=fake"
    ],
    "payments.stop_card": ["saved_card.stopped (...)"],
    "payments.update_card": ["saved_card.updated last4=4242 > last4=1881"],
    "payments.start_attempt": ["attempt.created amount=1200 currency=EUR invoice=INV-0001"],
    "payments.submit_transfer_notice": [
        "invoice.suspension_held suspension_hold_until=2026-06-12 (...)",
        "transfer_notice.open amount=1200 invoice=INV-0001",
        "TransferNoticeSubmitted notice_id=#",
    ],
    **MONEY_BACK,
    **EXPECTED_ENTRIES,
}
"""By the names of ``cases``; those that are missing write none."""
