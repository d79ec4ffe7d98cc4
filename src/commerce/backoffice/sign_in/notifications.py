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
from commerce.accounts.staff_mail.labels import STAFF_EVENT_LABELS
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
