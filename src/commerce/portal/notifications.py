"""`/client/notifications`: which mails a member wants, and those that he got lately (accounts.md 8, portal.md 3)."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.accounts.actions.mail_choices import choose_mails, mail_choices
from commerce.accounts.models import Membership
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.mail.actions import confirm_address
from commerce.mail.models import OutgoingMail, OutgoingMailQuerySet
from commerce.portal import kept, refusals
from commerce.portal.access import ClientRequest, actor_of, client_page
from commerce.portal.answers import see_other
from commerce.portal.listing import Shape

SHOWN_FOR = timedelta(days=90)
"""How long a mail that was sent is listed."""

GROUPS = {
    "billing": later("Billing: invoices, reminders, payments, credit"),
    "services": later("Services: ready, changed, ended"),
    "domains": later("Domains: registered, renewed, expiring"),
}
"""What each group of mails is about."""

SHAPE = Shape(
    kind="mail",
    statuses=(),
    search_words=later("Search subject"),
    matching=lambda words: Q(subject__icontains=words),
)


class GroupsForm(forms.Form):
    """The groups of mails that a member wants."""

    groups = forms.MultipleChoiceField(
        label=later("Mails that you want"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=later(
            "Mails about your own security, and that a service is suspended or ended, come in any case."
        ),
    )

    def __init__(self, membership: Membership, data: QueryDict | None = None) -> None:
        choices = mail_choices(membership)
        super().__init__(data, initial={"groups": [name for name, on in choices.items() if on]})
        field = self.fields["groups"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, GROUPS[name]) for name in choices]


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(while_suspended=True)
def notifications(request: ClientRequest) -> HttpResponse:
    """The choice of groups, and the mails of the last 90 days, newest first."""
    membership = request.acting.membership
    form = GroupsForm(membership, request.POST if request.method == "POST" else None)
    if not form.is_bound:
        kept.fill(form, request)
    elif form.is_valid() and _chosen(request, form):
        messages.success(request, _("Saved."))
        return see_other("portal:notifications")
    listing = SHAPE.read(request, _mails(request).newest_first())
    context = {
        "form": form,
        "listing": listing,
        "gets_bills": _is_billed(request),
        "billing_email": request.acting.client.email,
    }
    return render(
        request, "portal/notifications.html", context, status=422 if form.is_bound else 200
    )


@require_safe
@client_page()
def notification(request: ClientRequest, pk: int) -> HttpResponse:
    """One mail as it was sent: its text, which no program of the reader runs."""
    mail = get_object_or_404(_mails(request), pk=pk)
    return render(request, "portal/notification.html", {"mail": mail})


@require_POST
@client_page(while_suspended=True)
def address_works(request: ClientRequest) -> HttpResponse:
    """The banner's button: all mails go to the address again. An address that has no banner here changes nothing."""
    email = request.POST.get("email", "")
    if email in request.acting.stopped:
        confirm_address(email=email, at=clock.now(), actor=actor_of(request))
        messages.success(request, _("All mails go to %(email)s again.") % {"email": email})
    return see_other("portal:notifications")


def _is_billed(request: ClientRequest) -> bool:
    return request.acting.client.email.lower() == request.acting.user.email.lower()


def _mails(request: ClientRequest) -> OutgoingMailQuerySet:
    """What was sent to this user for this client."""
    mails = OutgoingMail.objects.for_client(request.acting.client)
    return mails.to_address(request.acting.user.email).filter(
        status__in=["sent", "bounced"], sent_at__gte=clock.now() - SHOWN_FOR
    )


def _chosen(request: ClientRequest, form: GroupsForm) -> bool:
    try:
        choose_mails(
            membership=request.acting.membership,
            groups=form.cleaned_data["groups"],
            at=clock.now(),
            actor=actor_of(request),
        )
    except Refused as refused:
        refusals.show(form, refused)
        return False
    return True
