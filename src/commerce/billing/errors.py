"""What errors about invoices, credit, taxes and what changes a service say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "amount.not_positive": _("The amount must be above 0."),
    "billed_period.already_billed": _("This period is billed already."),
    "billed_period.undecided": _("Say for %(name)s: bill again, waive, or end."),
    "cancellation.already_open": _("A cancellation of this service is under way already."),
    "cancellation.kind_unknown": _("Choose when the service shall end."),
    "cancellation.reason_too_long": _("Say why, in up to 2,000 characters."),
    "cancellation.service_not_running": _("Only a running service can be cancelled."),
    "credit.amount_too_large": _("This is more than the credit, or than what is due."),
    "credit.not_enough": _("This is more than the credit."),
    "credit.note_too_long": _("A note has up to %(length)s characters."),
    "credit.reference_not_valid": _("Give the bank's reference, up to 60 characters."),
    "credit.reference_used": _(
        "This reference was used already, for another client, currency or amount."
    ),
    "credit_note.line_credited": _("Line %(number)s was credited already."),
    "credit_note.more_than_left": _("This is more than what can still be credited."),
    "credit_note.more_than_line": _("This is more than what is left of the line."),
    "credit_note.nothing_to_credit": _("There is nothing to credit."),
    "document.not_found": _("There is no such invoice or credit note."),
    "hold.day_passed": _("This day has passed."),
    "invoice.description_too_long": _("A description has up to %(length)s characters."),
    "invoice.discounts_too_large": _("The discounts are larger than what they discount."),
    "invoice.draft_has_no_document": _("A draft has no document."),
    "invoice.draft_not_payable": _("A draft cannot be paid."),
    "invoice.due_before_issue": _("The due date must not be before the issue date."),
    "invoice.lines_do_not_add_up": _("The lines of this draft do not add up; edit it first."),
    "invoice.more_than_due": _("This is more than what is due."),
    "invoice.no_lines": _("An invoice needs at least one line."),
    "invoice.no_such_line": _("This invoice has no such line."),
    "invoice.not_a_draft": _("This is not a draft any more."),
    "invoice.not_manual": _("Only an invoice that was written by hand can be changed."),
    "invoice.not_overdue": _("This invoice is not late yet."),
    "invoice.not_voidable": _("This invoice is %(status)s; it cannot be voided."),
    "invoice.number_used": _("Numbers up to %(used)s were used; give %(next)s or more."),
    "invoice.order_under_review": _("Its order is under review. It can be paid once that is done."),
    "invoice.wrong_status": _("This invoice is %(status)s."),
    "plan_change.already_open": _("A change of its plan is under way."),
    "plan_change.dearer_than_confirmed": _(
        "The price has changed; reject this, so that the client can ask anew."
    ),
    "plan_change.losses_not_confirmed": _("Confirm what you lose: %(losses)s."),
    "plan_change.not_possible_now": _("The plan of this service cannot be changed now."),
    "plan_change.order_not_paid": _("Its order is invoiced and not paid yet. Pay that first."),
    "plan_change.parts_too_small": _(
        "The parts of this change cannot be told apart by a unit of money."
    ),
    "plan_change.plan_not_offered": _("This plan is not offered for the service."),
    "plan_change.price_changed": _(
        "The price has changed. Look at the new figures and confirm them."
    ),
    "plan_change.renewal_not_paid": _("Its renewal is invoiced and not paid yet. Pay that first."),
    "plan_change.service_ends": _("This service is about to end."),
    "plan_change.service_not_active": _("Only an active service can change its plan."),
    "plan_change.service_paid_once": _("This service is paid once and has no plan to change."),
    "plan_change.switched_off": _("Plans cannot be changed here."),
    "plan_change.wrong_status": _("This change is %(status)s."),
    "price_change.already_announced": _("This price is announced from %(day)s on."),
    "price_change.client_closed": _("Its client is closed."),
    "price_change.costs_that_already": _("It costs that already."),
    "price_change.due_date_starts_no_period": _("Its next due date starts no period."),
    "price_change.item_paid_once": _("It is paid once."),
    "price_change.lower_price_announced": _(
        "A lower price is announced from %(day)s on; change it once that counts, or drop it."
    ),
    "price_change.no_period_to_come": _("It is %(status)s and has no period to come."),
    "price_change.price_agreed": _(
        "Its price was agreed with the client; `commerce service edit` changes it."
    ),
    "price_change.product_without_price": _("Its product has no price in this currency and cycle."),
    "price_change.service_ends_before": _("It ends before the new price would count."),
    "price_change.tld_without_price": _("Its TLD has no renewal price in this currency."),
    "refund.more_than_paid": _("This is more than what was paid on this invoice."),
    "service.no_end_scheduled": _("No end of this service is scheduled."),
    "service.open_period_undecided": _(
        "Invoice %(invoice)s for the period from %(day)s is open: say void or keep."
    ),
    "service.period_billed": _(
        "The period from %(start)s to %(end)s is billed already: %(end)s or later."
    ),
    "service.renewal_open": _(
        "Its renewal is invoiced and open. Void that first, and bill it again afterwards."
    ),
    "setting.fixed_by_invoices": _("This is fixed, since invoices exist."),
    "settlement_entry.wrong_kind": _("Only payments and credit settle an invoice."),
    "statement_of_account.day_in_future": _("This day has not come yet."),
    "statement_of_account.too_long": _(
        "One statement can't hold this much. Choose a shorter period."
    ),
    "tax.category_unknown": _("Give one of the categories S, Z, E, O, AE, G."),
    "tax.client_without_number": _("This client has no VAT number of the EU."),
    "tax.no_evidence": _("Say what proves that the number is valid."),
    "tax.number_not_of_eu": _("This is not a VAT number of the EU."),
    "tax.rate_not_valid": _("Category S has a rate above 0 up to 100, the others have 0."),
    "tax.rule_exists": _("There is a rule of this kind from this day already."),
    "tax.rule_gone": _("This rule is gone already."),
    "tax.rule_in_force": _(
        "This rule counts already, so invoices may stand on it. Add one from a later day."
    ),
}
