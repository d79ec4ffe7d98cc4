"""What errors about invoices, credit, taxes and what changes a service say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

from commerce.kit.errors import TwoTexts

ERRORS = {
    "billed_period.already_billed": _("This period has already been billed."),
    "billed_period.undecided": _("Choose what to do with %(name)s: bill again, waive, or end."),
    "cancellation.already_open": _("A cancellation of this service has already been requested."),
    "cancellation.has_ended": _("This cancellation request has already ended."),
    "cancellation.not_pending": _("This cancellation request is no longer pending."),
    "credit.amount_too_large": _("The amount is more than the credit balance or the amount due."),
    "credit.none_left": TwoTexts(
        member=_("You have no credit in %(currency)s."),
        staff=_("The client has no credit in %(currency)s."),
    ),
    "credit.not_enough": _("The credit balance is too low for this amount."),
    "credit.note_too_long": _("Shorten the note to %(length)s characters or fewer."),
    "credit.reference_not_valid": _("Enter the bank reference, up to 60 characters."),
    "credit.reference_used": _(
        "This reference was already used for another client, currency, or amount."
    ),
    "credit_note.figures_changed": _(
        "The amounts have changed. Check the credit note again, then confirm it."
    ),
    "credit_note.line_credited": _("Line %(number)s has already been credited."),
    "credit_note.more_than_amount_left": _(
        "Only %(left)s can still be credited on this invoice. Credit by amount instead."
    ),
    "credit_note.more_than_left": _(
        "The amount is more than what can still be credited on this invoice."
    ),
    "credit_note.more_than_line": _(
        "The amount is more than what can still be credited on this line."
    ),
    "credit_note.nothing_to_credit": _("There is nothing left to credit on this invoice."),
    "document.not_found": _("Invoice or credit note not found."),
    "domain.not_in_redemption": _("Only domains in redemption can be restored."),
    "domain.past_grace": _("This domain can no longer be renewed."),
    "domain.price_changed": TwoTexts(
        member=_("The prices or dates have changed. Check them and continue."),
        staff=_(
            "The price is now %(amount)s, with the new expiry date %(expiry)s. Check both and continue."
        ),
    ),
    "domain.renewal_open": _("There is already an open invoice for the renewal of this domain."),
    "domain.renewal_too_far": _(
        "This domain is already registered for almost %(years)s years, so it can't be renewed yet."
    ),
    "domain.renewal_under_way": _("This domain is already being renewed."),
    "domain.restore_not_offered": _("This domain can't be restored here. Contact us."),
    "domain.term_waits_for_renewal": _(
        "You can change the term once the unpaid renewal is paid or canceled."
    ),
    "hold.day_passed": _("Enter a date in the future."),
    "hold.none_set": _("Reminders aren't paused."),
    "hold.reminders_paused": _("Reminders are paused until %(day)s."),
    "invoice.already_issued": _("Issued invoices can't be edited. Credit or void them instead."),
    "invoice.already_paid": _("This invoice is already paid."),
    "invoice.days_without_service": _("Name the service whose days a line bills."),
    "invoice.description_too_long": _("Shorten the description to %(length)s characters or fewer."),
    "invoice.discounts_too_large": _("The discounts are larger than the amounts they apply to."),
    "invoice.draft_deleted": _("The draft was deleted."),
    "invoice.draft_has_no_document": _("Drafts don't have a PDF. Issue the invoice first."),
    "invoice.due_before_issue": _("The due date can't be before the issue date."),
    "invoice.lines_do_not_add_up": _(
        "The line items of this draft don't add up. Edit it before you issue it."
    ),
    "invoice.more_than_due": _("The amount is more than the amount due."),
    "invoice.no_lines": _("Add at least one line item to the invoice."),
    "invoice.no_such_line": _("This invoice doesn't have that line."),
    "invoice.not_a_draft": _("The invoice was already issued."),
    "invoice.not_issued": _("Issue the draft first."),
    "invoice.not_manual": _("Only drafts that staff created can be edited."),
    "invoice.not_open": _("The invoice isn't open."),
    "invoice.not_overdue": _("This invoice isn't overdue yet."),
    "invoice.nothing_to_pay": _("There is nothing to pay for this invoice."),
    "invoice.number_used": _("Numbers up to %(used)s are taken. Use %(next)s or higher."),
    "invoice.order_under_review": TwoTexts(
        member=_(
            "We're reviewing this order. You can pay the invoice once the review is complete."
        ),
        staff=_("The order is under review."),
    ),
    "invoice.service_not_of_client": _("Service %(service)s isn't one of this client."),
    "invoice.taken_back": _("The invoice was canceled or fully refunded."),
    "invoice.unknown": _(
        "Invoice %(text)s not found. Record money without a known invoice as an unallocated payment."
    ),
    "late_fee.added_or_exempt": _("The invoice has a late fee already, or is exempt from it."),
    "late_fee.amount_zero": _("No late fee is due for this invoice."),
    "late_fee.invoice_not_overdue": _("The invoice isn't overdue."),
    "late_fee.switched_off": _("Late fees are off in the billing settings."),
    "paid_elsewhere.no_days": _("The last day must be after the first one."),
    "plan_change.already_open": _("A plan change for this service is already in progress."),
    "plan_change.change_not_paid": _(
        "The invoice of the last plan change is unpaid. Pay it to change the plan again."
    ),
    "plan_change.differs_from_confirmed": _(
        "The plan's price, options, or tax are no longer what was confirmed."
    ),
    "plan_change.has_ended": _("This plan change has already ended."),
    "plan_change.losses_not_confirmed": _("Confirm that you'll lose: %(losses)s."),
    "plan_change.not_pending": _("This plan change isn't waiting for approval."),
    "plan_change.not_until": _("This plan can be changed from %(day)s."),
    "plan_change.nothing_to_pay": _("There is nothing to pay for this plan change."),
    "plan_change.order_not_paid": _(
        "The order invoice of this service is unpaid. Pay it to change the plan."
    ),
    "plan_change.payment_disputed": _(
        "A payment for this service is disputed. The plan can be changed when that's settled."
    ),
    "plan_change.plan_not_offered": _("This plan isn't available for this service."),
    "plan_change.price_changed": _(
        "Prices have changed. Review the new amounts and confirm again."
    ),
    "plan_change.renewal_not_paid": _(
        "The renewal invoice of this service is unpaid. Pay it to change the plan."
    ),
    "plan_change.service_ends": _("This service is about to end, so its plan can't be changed."),
    "plan_change.service_not_active": _("Only active services can change plans."),
    "plan_change.service_paid_once": _("One-time services don't have a plan to change."),
    "plan_change.switched_off": _("Plan changes are turned off."),
    "plan_change.too_late_to_pay": _("This plan change could be paid until %(day)s."),
    "price_change.already_announced": _(
        "A change to this price from %(day)s has already been announced."
    ),
    "price_change.below_zero": _("The price would be below zero."),
    "price_change.client_closed": _("The client's account is closed."),
    "price_change.costs_that_already": _("The price is already this amount."),
    "price_change.due_date_starts_no_period": _("No billing period starts on the next due date."),
    "price_change.item_paid_once": _("One-time items don't renew."),
    "price_change.lower_price_announced": _(
        "A lower price from %(day)s has already been announced. Wait until it applies, or "
        "withdraw it."
    ),
    "price_change.no_period_to_come": _("There is no next billing period."),
    "price_change.none_planned": _("All of these prices already apply, or were withdrawn."),
    "price_change.not_planned": _("This price already applies, or was withdrawn."),
    "price_change.price_agreed": _("The client has a custom price. Change it on the service."),
    "price_change.product_without_price": _(
        "The product has no price in this currency and billing cycle."
    ),
    "price_change.service_ends_before": _("The service ends before the new price applies."),
    "price_change.tld_without_price": _("The TLD has no renewal price in this currency."),
    "refund.more_than_paid": _("The amount is more than what was paid on this invoice."),
    "service.no_end_scheduled": _("This service isn't scheduled to end."),
    "service.open_period_undecided": _(
        "Invoice %(invoice)s for the period starting %(day)s is open. Choose void or keep."
    ),
    "service.period_billed": _(
        "The period from %(start)s to %(end)s has already been billed. Enter %(end)s or a "
        "later date."
    ),
    "service.renewal_open": _(
        "The renewal invoice is open. Void it first, then bill the renewal again."
    ),
    "setting.fixed_by_invoices": _("This setting can't be changed once invoices exist."),
    "settlement_entry.wrong_kind": _("Only payments and credit can be applied to an invoice."),
    "statement_of_account.day_in_future": _("Enter a date that isn't in the future."),
    "statement_of_account.too_long": _(
        "This period has too many transactions for one statement. Choose a shorter period."
    ),
    "tax.client_without_number": _("This client doesn't have an EU VAT number."),
    "tax.number_not_of_eu": _("This isn't an EU VAT number."),
    "tax.rate_not_valid": _(
        "Category S requires a rate above 0 and up to 100. All other categories require 0."
    ),
    "tax.rate_too_precise": _("Use a percentage with up to three decimals."),
    "tax.rate_unreadable": _(
        "%(text)s isn't a valid percentage. Use a number such as 19 or 8.875."
    ),
    "tax.rule_exists": _("A rule of this kind already starts on this date."),
    "tax.rule_gone": _("This rule has already been deleted."),
    "tax.rule_in_force": _("This rule is in effect. To end it, add a rule that starts later."),
    "tax.vat_refresh_too_old": _("The VAT number was checked too long ago. Try again."),
}
