"""Role and rights of a member, as staff give them, and whom to invite."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce.accounts import labels
from commerce.accounts.rules import OWNERS_ONLY, MemberRole
from commerce.backoffice.base.forms import StaffForm
from commerce.portal.base.form_fields import PlainEmailField

OFFERED_RIGHTS = [
    (right, text) for right, text in labels.RIGHT_LABELS.items() if right not in OWNERS_ONLY
]


OWNER_TAKES_PASSWORD = _("Only needed to make someone an owner.")


def makes_owner(record: Any, values: Mapping[str, Any]) -> bool:
    """Whether somebody would own a client who does not yet: staff confirm that it is they who do it."""
    return values["role"] == MemberRole.OWNER and getattr(record, "role", "") != MemberRole.OWNER


def with_rights_to_come(ticked: Iterable[str], former: Iterable[str]) -> list[str]:
    """What was ticked, and what cannot be ticked yet: it is as it was."""
    return [*ticked, *(right for right in former if right not in labels.RIGHT_LABELS)]


class RoleForm(StaffForm):
    """What a member is, and what they may do."""

    role = forms.ChoiceField(label=_("Role"), choices=labels.ROLE_LABELS)
    rights = forms.MultipleChoiceField(
        label=_("Permissions"),
        required=False,
        choices=OFFERED_RIGHTS,
        help_text=_("An owner always has all permissions."),
        widget=forms.CheckboxSelectMultiple,
    )

    def prepare(self) -> None:
        self.initial.update({"role": self.record.role, "rights": self.record.rights})


class InvitationForm(StaffForm):
    """Whom to invite, as what."""

    email = PlainEmailField(
        label=_("Email"),
        max_length=254,
        help_text=_("We'll send the invitation there. It works for this email only."),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=labels.ROLE_LABELS,
        initial=MemberRole.BILLING,
        help_text=_("The member starts with the usual permissions of the role."),
    )
