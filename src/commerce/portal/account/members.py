"""`/client/members`: who takes part in a client, and who is invited to (accounts.md 3)."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.accounts import labels
from commerce.accounts.actions.invitations import (
    invite_member,
    invite_member_blocked_reason,
    withdraw_invitation,
)
from commerce.accounts.actions.members import (
    last_owner_blocked_reason,
    remove_member,
    set_member_role,
    with_rights_to_come,
)
from commerce.accounts.models import Client, Invitation, Membership
from commerce.accounts.rules import OWNERS_ONLY, ClientStatus, MemberRole, role_preset
from commerce.audit.models import AuditEntry
from commerce.kit import clock
from commerce.kit.acts.act import act_of
from commerce.kit.errors import BusinessError, StateConflict
from commerce.portal.base import restored_forms, throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import press_view
from commerce.portal.base.form_fields import PlainEmailField, add_business_error
from commerce.portal.base.merging import SHOWN_VALUES, MergingForm
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.password_confirmation import ConfirmedForm
from commerce.portal.base.redirects import see_other

MEMBERS_RIGHT = "members.manage"
MAX_INVITATIONS_PER_DAY = 60
"""Invitations that one client may send in a day: each is a mail to a stranger, with a text of the client's choice."""


class RoleSelect(forms.RadioSelect):
    """Roles, each with its usual rights, so that a script can tick them."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-rights"] = " ".join(_offered(role_preset(str(value))))
        return option


class RoleForm(MergingForm, ConfirmedForm):
    """A role, and the rights ticked one by one; an owner has all, whatever is ticked."""

    restored_fields: ClassVar[tuple[str, ...]] = ("role", "rights", SHOWN_VALUES)

    role = forms.ChoiceField(label=_lazy("Role"), choices=labels.ROLE_LABELS, widget=RoleSelect)
    rights = forms.MultipleChoiceField(
        label=_lazy("Permissions"),
        error_messages={"required": _lazy("Select at least one permission.")},
        help_text=_lazy("An owner always has all permissions."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, request: ClientRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        field = self.fields["rights"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.required = self.data.get("role") != MemberRole.OWNER
        field.choices = [
            (right, text)
            for right, text in labels.RIGHT_LABELS.items()
            if right not in OWNERS_ONLY and request.acting.may(right)
        ]


class InvitationForm(RoleForm):
    """Whom to invite, as what."""

    restored_fields: ClassVar[tuple[str, ...]] = ("email", *RoleForm.restored_fields)

    email = PlainEmailField(
        label=_lazy("Email"),
        max_length=254,
        help_text=_lazy("We'll send the invitation there. It works for this email only."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("email", "role", "rights", "password")


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MEMBERS_RIGHT)
@restored_forms.restores(InvitationForm)
def members(request: ClientRequest) -> HttpResponse:
    """Members with role, rights and last sign-in, open invitations, and the form for a new one."""
    start = {"role": "billing", "rights": role_preset("billing")}
    if request.method != "POST":
        return _page(
            request, restored_forms.restore_form(InvitationForm(request, initial=start), request)
        )
    if "preset" in request.POST:
        return _page(request, InvitationForm(request, initial=_usual(request)))
    form = InvitationForm(request, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    client, values = request.acting.client, form.cleaned_data
    throttles.count_attempt(
        [throttles.ThrottleLimit(f"invite:{client.pk}", MAX_INVITATIONS_PER_DAY, 86400)]
    )
    try:
        sent = invite_member(
            client=client,
            email=values["email"],
            role=values["role"],
            rights=with_rights_to_come(values["rights"], role_preset(values["role"])),
            ctx=member_context(request),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return _page(request, form, status=422)
    messages.success(request, act_of(invite_member).done_text(sent, client, staff=False))
    return see_other("portal:members")


def _offered(rights: Iterable[str]) -> list[str]:
    return [right for right in rights if right in labels.RIGHT_LABELS.keys() - OWNERS_ONLY]


def _usual(request: HttpRequest) -> dict[str, Any]:
    """What was typed, with the usual rights of the chosen role ticked: the way without a script."""
    role = request.POST.get("role", "billing")
    return {"email": request.POST.get("email", ""), "role": role, "rights": role_preset(role)}


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
        "is_suspended": client.status == ClientStatus.SUSPENDED,
        "reason": invite_member_blocked_reason(client, member_context(request)),
    }
    return render(request, "portal/account/members.html", context, status=status)


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
@client_page(MEMBERS_RIGHT)
@restored_forms.restores(RoleForm)
def member(request: ClientRequest, pk: int) -> HttpResponse:
    """One member: another role, other rights."""
    found = _member(request, pk)
    if found is None:
        return other_client_404(request, Membership.objects.for_client, pk, MEMBERS_RIGHT)
    stored, status = {"role": found.role, "rights": _offered(found.rights)}, 200
    if request.method != "POST":
        form = RoleForm(request, initial=stored)
        form.remember_shown(stored)
        restored_forms.restore_form(form, request)
    elif "preset" in request.POST:
        form = RoleForm(request, initial=_usual(request))
        form.remember_shown(stored)
    else:
        form, status = RoleForm(request, request.POST), 422
        form.remember_shown(stored)
        if form.is_valid() and (reply := _changed(request, found, form)):
            return reply
    context = {
        "member": found,
        "form": form,
        "is_self": found.user_id == request.acting.user.pk,
        "reason": last_owner_blocked_reason(found, member_context(request)),
        "is_suspended": request.acting.client.status == ClientStatus.SUSPENDED,
    }
    return render(request, "portal/account/member.html", context, status=status)


def _changed(request: ClientRequest, found: Membership, form: RoleForm) -> HttpResponse | None:
    values = {"role": found.role, "rights": _offered(found.rights)} | form.changes()
    try:
        set_member_role(membership=found, **values, ctx=member_context(request))
    except StateConflict as conflict:
        messages.info(request, str(conflict))
        return see_other("portal:members")
    except BusinessError as error:
        add_business_error(form, error)
        return None
    messages.success(request, act_of(set_member_role).done_text(None, found, staff=False))
    return see_other(_after(request, found, keeps=values["role"] == MemberRole.OWNER))


def _after(request: ClientRequest, found: Membership, *, keeps: bool = False) -> str:
    """The members' page, unless the person has just given up their own right to it."""
    own = found.user_id == request.acting.user.pk
    return "portal:dashboard" if own and not keeps else "portal:members"


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MEMBERS_RIGHT, while_suspended=True)
def member_remove(request: ClientRequest, pk: int) -> HttpResponse:
    """End a membership, after a question; a suspended client may."""
    found = _member(request, pk)
    if found is None:
        if request.method == "POST" and _was_removed(request, pk):
            messages.info(request, _("They're no longer a member."))
            return see_other("portal:members")
        return other_client_404(request, Membership.objects.for_client, pk, MEMBERS_RIGHT)
    form = ConfirmedForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            remove_member(membership=found, ctx=member_context(request))
        except StateConflict as conflict:
            messages.info(request, str(conflict))
            return see_other("portal:members")
        except BusinessError as error:
            add_business_error(form, error)
        else:
            messages.success(request, act_of(remove_member).done_text(None, found, staff=False))
            return see_other(_after(request, found))
    context = {
        "member": found,
        "form": form,
        "is_self": found.user_id == request.acting.user.pk,
        "reason": last_owner_blocked_reason(found, member_context(request)),
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/account/member_remove.html", context, status=status)


def _was_removed(request: ClientRequest, pk: int) -> bool:
    """Whether this was a member of this client: then the same form was only sent twice."""
    entries = AuditEntry.objects.for_client(request.acting.client)
    return entries.filter(
        record_kind="membership", record_id=pk, action="membership.removed"
    ).exists()


invitation_withdraw = press_view(
    withdraw_invitation, Invitation.objects.for_client, lambda _sent: reverse("portal:members")
)
"""A suspended client may."""
