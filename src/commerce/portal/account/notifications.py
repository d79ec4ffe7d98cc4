"""`/client/notifications`: which mails a member wants, and those that they got lately (accounts.md 8, portal.md 3)."""

from datetime import timedelta
from typing import ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.accounts.actions.mail_preferences import mail_preferences, set_mail_preferences
from commerce.accounts.models import Membership
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.mail.actions.addresses import confirm_address
from commerce.mail.models import OutgoingMail, OutgoingMailQuerySet
from commerce.mail.rules import MailStatus
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.listing import ListDefinition
from commerce.portal.base.merging import SHOWN_VALUES, MergingForm
from commerce.portal.base.redirects import see_other

LISTED_FOR = timedelta(days=90)
"""How long a mail that was sent is listed."""

MAIL_GROUP_LABELS = {
    "billing": _lazy("Billing: invoices, reminders, payments, credit balance"),
    "services": _lazy("Services: setup, changes, cancellations"),
    "domains": _lazy("Domains: registrations, renewals, expirations"),
}
"""What each group of mails is about."""

MAIL_LIST = ListDefinition(
    kind="mail",
    statuses=(),
    search_words=_lazy("Search subject"),
    search_filter=lambda words: Q(subject__icontains=words),
)


class MailGroupsForm(MergingForm):
    """The groups of mails that a member wants."""

    restored_fields: ClassVar[tuple[str, ...]] = ("groups", SHOWN_VALUES)

    groups = forms.MultipleChoiceField(
        label=_lazy("Send me emails about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy(
            "Emails about your own security, and about suspended or terminated services, are always sent."
        ),
    )

    def __init__(self, membership: Membership, data: QueryDict | None = None) -> None:
        choices = mail_preferences(membership)
        super().__init__(data, initial={"groups": [name for name, on in choices.items() if on]})
        field = self.fields["groups"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, MAIL_GROUP_LABELS[name]) for name in choices]
        self.remember_shown({"groups": self.initial["groups"]})


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(while_suspended=True)
@restored_forms.restores(MailGroupsForm)
def notifications(request: ClientRequest) -> HttpResponse:
    """The choice of groups, and the mails of the last 90 days, newest first."""
    membership = request.acting.membership
    form = MailGroupsForm(membership, request.POST if request.method == "POST" else None)
    if not form.is_bound:
        restored_forms.restore_form(form, request)
    elif form.is_valid() and _chosen(request, form):
        messages.success(request, _("Email preferences saved."))
        return see_other("portal:notifications")
    listing = MAIL_LIST.page_for(request, _mails(request).newest_first())
    context = {
        "form": form,
        "listing": listing,
        "gets_bills": _is_billed(request),
        "billing_email": request.acting.client.email,
    }
    return render(
        request, "portal/account/notifications.html", context, status=422 if form.is_bound else 200
    )


@require_safe
@client_page()
def notification(request: ClientRequest, pk: int) -> HttpResponse:
    """One mail as it was sent: its text, which no program of the reader runs."""
    mail = get_object_or_404(_mails(request), pk=pk)
    return render(request, "portal/account/notification.html", {"mail": mail})


@require_POST
@client_page(while_suspended=True)
def address_works(request: ClientRequest) -> HttpResponse:
    """The banner's button: all mails go to the address again. An address that has no banner here changes nothing."""
    email = request.POST.get("email", "")
    if email in request.acting.bounced_addresses:
        confirm_address(email=email, ctx=member_context(request))
        messages.success(request, _("We're sending emails to %(email)s again.") % {"email": email})
    return see_other("portal:notifications")


def _is_billed(request: ClientRequest) -> bool:
    return request.acting.client.email.lower() == request.acting.user.email.lower()


def _mails(request: ClientRequest) -> OutgoingMailQuerySet:
    """What was sent to this user for this client."""
    mails = OutgoingMail.objects.for_client(request.acting.client)
    return mails.to_address(request.acting.user.email).filter(
        status__in=[MailStatus.SENT, MailStatus.BOUNCED], sent_at__gte=clock.now() - LISTED_FOR
    )


def _chosen(request: ClientRequest, form: MailGroupsForm) -> bool:
    try:
        if changes := form.changes():
            set_mail_preferences(
                membership=request.acting.membership,
                groups=changes["groups"],
                ctx=member_context(request),
            )
    except BusinessError as error:
        add_business_error(form, error)
        return False
    return True
