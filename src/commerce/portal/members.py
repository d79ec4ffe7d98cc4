"""`/client/members`: who takes part in a client, and who is invited to (accounts.md 3)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts import actions, words
from commerce.accounts.actions.invitations import MOST_OPEN
from commerce.accounts.models import Client, Invitation, Membership
from commerce.accounts.rules import OWNERS_ONLY, preset
from commerce.audit.models import Entry
from commerce.kit import clock
from commerce.kit.errors import Moved, Refused
from commerce.portal import kept, refusals, throttles
from commerce.portal.access import ClientRequest, actor_of, client_page
from commerce.portal.answers import see_other
from commerce.portal.confirm import ConfirmedForm
from commerce.portal.records import elsewhere
from commerce.portal.typed_fields import Email

RIGHT = "members.manage"
INVITED_A_DAY = 60
"""Invitations that one client may send in a day: each is a mail to a stranger, with a text of the client's choice."""


class RoleSelect(forms.RadioSelect):
    """Roles, each with its usual rights, so that a script can tick them."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-rights"] = " ".join(preset(str(value)))
        return option


class RoleForm(ConfirmedForm):
    """A role, and the rights ticked one by one; an owner has all, whatever is ticked."""

    role = forms.ChoiceField(label=later("Role"), choices=words.ROLES, widget=RoleSelect)
    rights = forms.MultipleChoiceField(
        label=later("Rights"),
        error_messages={"required": later("Tick at least one right.")},
        help_text=later("An owner has every right, whatever is ticked."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, request: ClientRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        field = self.fields["rights"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.required = self.data.get("role") != Membership.Role.OWNER
        field.choices = [
            (right, text)
            for right, text in words.RIGHTS.items()
            if right not in OWNERS_ONLY and request.acting.may(right)
        ]


class InvitationForm(RoleForm):
    """Whom to invite, as what."""

    email = Email(
        label=later("E-mail"),
        max_length=254,
        help_text=later("The invitation goes to this address and works for it only."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("email", "role", "rights", "password")


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(RIGHT)
def members(request: ClientRequest) -> HttpResponse:
    """Members with role, rights and last sign-in, open invitations, and the form for a new one."""
    start = {"role": "billing", "rights": preset("billing")}
    if request.method != "POST":
        return _page(request, kept.fill(InvitationForm(request, initial=start), request))
    if "preset" in request.POST:
        return _page(request, InvitationForm(request, initial=_usual(request)))
    form = InvitationForm(request, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    client, values = request.acting.client, form.cleaned_data
    throttles.count([throttles.Limit(f"invite:{client.pk}", INVITED_A_DAY, 86400)])
    try:
        actions.invite(
            client=client,
            email=values["email"],
            role=values["role"],
            rights=values["rights"],
            at=clock.now(),
            actor=actor_of(request),
        )
    except Refused as refused:
        refusals.show(form, refused)
        return _page(request, form, status=422)
    messages.success(request, _("An invitation went to %s.") % values["email"])
    return see_other("portal:members")


def _usual(request: HttpRequest) -> dict[str, Any]:
    """What was typed, with the usual rights of the chosen role ticked: the way without a script."""
    role = request.POST.get("role", "billing")
    return {"email": request.POST.get("email", ""), "role": role, "rights": preset(role)}


def _page(request: ClientRequest, form: InvitationForm, *, status: int = 200) -> HttpResponse:
    client = request.acting.client
    rows = Membership.objects.for_client(client).select_related("user")
    pages = Paginator(rows.order_by("-created_at", "-pk"), 25)
    waiting = Invitation.objects.for_client(client).open().filter(expires_at__gt=clock.now())
    invitations = list(waiting.select_related("invited_by").order_by("-created_at", "-pk"))
    context = {
        "listing": {"page": pages.get_page(request.GET.get("page"))},
        "only_owner": _only_owner(client),
        "invitations": invitations,
        "form": form,
        "form_first": request.method == "POST",
        "is_suspended": client.status == Client.Status.SUSPENDED,
        "is_full": len(invitations) >= MOST_OPEN,
        "most": MOST_OPEN,
    }
    return render(request, "portal/members.html", context, status=status)


def _only_owner(client: Client) -> int | None:
    """The membership that cannot be removed nor demoted, because it is the last active owner's."""
    owners = Membership.objects.for_client(client).active_owners().values_list("pk", flat=True)[:2]
    return owners[0] if len(owners) == 1 else None


def _member(request: ClientRequest, pk: int) -> Membership | None:
    return (
        Membership.objects.for_client(request.acting.client)
        .select_related("user")
        .filter(pk=pk)
        .first()
    )


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(RIGHT)
def member(request: ClientRequest, pk: int) -> HttpResponse:
    """One member: another role, other rights."""
    found = _member(request, pk)
    if found is None:
        return elsewhere(request, Membership.objects.for_client, pk, RIGHT)
    form = RoleForm(request, initial={"role": found.role, "rights": found.rights})
    status = 200
    if request.method != "POST":
        kept.fill(form, request)
    elif "preset" in request.POST:
        form = RoleForm(request, initial=_usual(request))
    else:
        form, status = RoleForm(request, request.POST), 422
        if form.is_valid() and (reply := _changed(request, found, form)):
            return reply
    context = {
        "member": found,
        "form": form,
        "is_self": found.user_id == request.acting.user.pk,
        "is_only_owner": _only_owner(request.acting.client) == found.pk,
        "is_suspended": request.acting.client.status == Client.Status.SUSPENDED,
    }
    return render(request, "portal/member.html", context, status=status)


def _changed(request: ClientRequest, found: Membership, form: RoleForm) -> HttpResponse | None:
    values = form.cleaned_data
    try:
        actions.change_member(
            membership=found,
            role=values["role"],
            rights=values["rights"],
            at=clock.now(),
            actor=actor_of(request),
        )
    except Moved as gone:
        messages.info(request, str(gone))
        return see_other("portal:members")
    except Refused as refused:
        refusals.show(form, refused)
        return None
    messages.success(request, _("%s was changed.") % found.user.get_full_name())
    return see_other(_after(request, found, keeps=values["role"] == Membership.Role.OWNER))


def _after(request: ClientRequest, found: Membership, *, keeps: bool = False) -> str:
    """The members' page, unless the person has just taken his own right to it away."""
    own = found.user_id == request.acting.user.pk
    return "portal:dashboard" if own and not keeps else "portal:members"


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(RIGHT, while_suspended=True)
def remove(request: ClientRequest, pk: int) -> HttpResponse:
    """End a membership, after a question; a suspended client may."""
    found = _member(request, pk)
    if found is None:
        if request.method == "POST" and _was_removed(request, pk):
            messages.info(request, _("This person is no member any more."))
            return see_other("portal:members")
        return elsewhere(request, Membership.objects.for_client, pk, RIGHT)
    form = ConfirmedForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            actions.remove_member(membership=found, at=clock.now(), actor=actor_of(request))
        except Moved as gone:
            messages.info(request, str(gone))
            return see_other("portal:members")
        except Refused as refused:
            refusals.show(form, refused)
        else:
            messages.success(request, _("%s was removed.") % found.user.get_full_name())
            return see_other(_after(request, found))
    context = {
        "member": found,
        "form": form,
        "is_self": found.user_id == request.acting.user.pk,
        "is_only_owner": _only_owner(request.acting.client) == found.pk,
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/member_remove.html", context, status=status)


def _was_removed(request: ClientRequest, pk: int) -> bool:
    """Whether this was a member of this client: then the same form was only sent twice."""
    entries = Entry.objects.for_client(request.acting.client)
    return entries.filter(
        record_kind="membership", record_id=pk, action="membership.removed"
    ).exists()


@require_POST
@client_page(RIGHT, while_suspended=True)
def withdraw(request: ClientRequest, pk: int) -> HttpResponse:
    """Take an open invitation back; a suspended client may."""
    found = Invitation.objects.for_client(request.acting.client).filter(pk=pk).first()
    if found is None:
        raise Http404
    try:
        actions.withdraw_invitation(invitation=found, at=clock.now(), actor=actor_of(request))
    except Moved:
        messages.info(request, _("The invitation to %s is not open any more.") % found.email)
    else:
        messages.success(request, _("The invitation to %s is withdrawn.") % found.email)
    return see_other("portal:members")
