"""Columns of audit entries, wherever a page lists some: the action in words, and the person."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.audit.models import AuditEntry
from commerce.backoffice.base.pages import Text
from commerce.backoffice.lists.columns import Column
from commerce.presentation.audit_actions import action_label

ACTION = _("Action")


def actor_kinds() -> Mapping[str, Any]:
    """Who can have done something, in words."""
    return {
        "member": _("Member"),
        "staff": _("Staff"),
        "token": _("API token"),
        "system": _("Automatic"),
        "guest": _("Guest"),
    }


def person_of(entry: AuditEntry) -> str:
    """The person by their address; what kind of actor it was where nobody has a name."""
    named = "" if entry.actor_kind == "system" else entry.actor_name
    return named or str(actor_kinds().get(entry.actor_kind, entry.actor_kind))


def entry_action(label: Text = ACTION) -> Column:
    """What was done, in words; as it is stored in a file."""
    return Column(
        label, lambda entry: action_label(entry.action), export=lambda entry: entry.action
    )


PERSON = Column(_("Person"), person_of)
