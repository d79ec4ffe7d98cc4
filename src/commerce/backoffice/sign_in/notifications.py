"""`/admin/profile/notifications`: which emails a staff person gets by themselves, in the daily digest, or not."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.recipients import DIGEST_EVENT
from commerce.accounts.staff_mail.actions import set_staff_mail_choices, staff_mail_choices
from commerce.accounts.staff_rules import MailDelivery
from commerce.backoffice.base.access import signed_in_staff, staff_context
from commerce.portal.base.merging import MergingForm
from commerce.portal.base.redirects import see_other
from commerce.presentation.labels import Text

DELIVERY_LABELS: Mapping[str, Text] = {
    MailDelivery.MAIL: _lazy("Email"),
    MailDelivery.DIGEST: _lazy("In the daily digest"),
    MailDelivery.OFF: _lazy("Off"),
}

STAFF_EVENT_LABELS: Mapping[str, Text] = {
    "daily_digest": _lazy("Daily digest of what needs a decision"),
    "consumer_statement": _lazy("Statement of a consumer"),
    "consumer_payout": _lazy("Payout to a consumer"),
    "order_awaiting_approval": _lazy("Paid order to approve"),
    "cancellation_requested": _lazy("Cancellation requested"),
    "plan_change_requested": _lazy("Plan change requested"),
    "plan_change_not_carried_out": _lazy("Paid plan change that failed"),
    "task_to_do": _lazy("Task to do by hand"),
    "job_parked": _lazy("Background job that failed"),
    "jobs_parked": _lazy("Failed background jobs, once a day"),
    "remote_silent": _lazy("Server or registrar that doesn't answer"),
    "remote_refuses": _lazy("Server or registrar that refuses our credentials"),
    "server_moved": _lazy("Another server at a server's address"),
    "transfer_declared": _lazy("Bank transfer reported by a client"),
    "late_payment": _lazy("Payment for a closed invoice"),
    "payments_differ": _lazy("Payments that differ at a payment gateway"),
    "zones_differ": _lazy("DNS zones that differ on the DNS server"),
    "dns_server_down": _lazy("DNS server that doesn't answer"),
    "gateway_key_refused": _lazy("Payment gateway that refuses its key"),
    "gateway_cards_rest": _lazy("Saved payment methods of another account"),
    "dispute_opened": _lazy("Payment dispute"),
    "unallocated_payment": _lazy("Payment without an invoice"),
    "paid_after_termination": _lazy("Payment for an ended service"),
    "run_failed": _lazy("Daily run with errors"),
    "run_missing": _lazy("Daily run that didn't finish"),
    "backup_missing": _lazy("No new backup"),
    "rehearsal_done": _lazy("Backup that was restored and checked"),
    "rehearsal_failed": _lazy("Backup that couldn't be restored"),
    "proof_failed": _lazy("Nightly check that found problems"),
    "registrar_names_missing": _lazy("Domains missing at a registrar"),
    "registrar_balance_low": _lazy("Low balance at a registrar"),
    "registry_messages": _lazy("Messages from a registry"),
    "service_without_server": _lazy("Paid service without a free server"),
    "servers_nearly_full": _lazy("Servers that are nearly full"),
    "server_accounts_differ": _lazy("Accounts that differ on a server"),
    "renewals_waiting": _lazy("Paid domain renewals that aren't completed"),
    "tax_rule_missing": _lazy("Missing tax rule"),
    "exchange_rate_missing": _lazy("Missing exchange rate"),
    "exchange_rate_held": _lazy("Exchange rate to confirm"),
    "vat_check_refused": _lazy("VAT number that VIES doesn't accept"),
    "vat_service_down": _lazy("VAT validation service unavailable"),
    "erasure_blocked_staff": _lazy("Erasure of a client's data that is blocked"),
    "data_export_failed_staff": _lazy("Export of a client's data that failed"),
}
"""What each email to staff is about."""


class StaffMailForm(MergingForm):
    """How a person hears of each event that their permissions let them hear of."""

    def __init__(self, choices: Mapping[str, str], data: QueryDict | None = None) -> None:
        super().__init__(data, initial=dict(choices))
        for event, label in STAFF_EVENT_LABELS.items():
            if event in choices:
                self.fields[event] = _delivery_field(event, label)
        self.remember_shown({event: str(way) for event, way in choices.items()})


def _delivery_field(event: str, label: Any) -> forms.ChoiceField:
    ways = dict(DELIVERY_LABELS)
    help_text: Any = ""
    if event == DIGEST_EVENT:
        del ways[MailDelivery.DIGEST]
        help_text = _lazy("Also sent, whatever you choose here, while any event is in the digest.")
    return forms.ChoiceField(label=label, choices=list(ways.items()), help_text=help_text)


def notifications(request: HttpRequest) -> HttpResponse:
    """The form; what the person never chose comes by email."""
    staff = signed_in_staff(request)
    data = request.POST if request.method == "POST" else None
    form = StaffMailForm(staff_mail_choices(staff), data)
    if form.is_bound and form.is_valid():
        set_staff_mail_choices(staff=staff, choices=form.changes(), ctx=staff_context(request))
        messages.success(request, _("Email preferences saved."))
        return see_other("admin:staff_notifications")
    status = 422 if form.is_bound else 200
    return render(request, "backoffice/sign_in/notifications.html", {"form": form}, status=status)
