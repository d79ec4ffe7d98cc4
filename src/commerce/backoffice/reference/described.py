"""What can be done with the records of a kind, in words: who may, when not and why, what the audit log says."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.utils.translation import gettext as _

from commerce.accounts.labels import PERMISSION_LABELS, RIGHT_LABELS, ROLE_LABELS
from commerce.accounts.rules import MemberRole
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.pages import Text, permissions_of
from commerce.backoffice.reference.source import findings
from commerce.kit.acts.act import Act
from commerce.kit.errors import TwoTexts, error_texts
from commerce.presentation.audit_actions import ACTION_LABELS

_MANY = 987654321
"""Stands for each value, also for the number that a text has its plural by."""


@dataclass(frozen=True, slots=True)
class DescribedAction:
    """A button of the staff area, with all that is known of it. Texts are in the language of whoever reads them."""

    action: RecordAction
    permissions: Mapping[str, Text]
    """What staff need, all of it: slugs and their words; empty where anybody of staff may."""
    rights: Mapping[str, Text]
    """What members need for the same; empty if it is not theirs."""
    reasons: Mapping[str, str]
    """Why it cannot be done now: codes and what they say, with ``…`` for values. Its order is that of the source."""
    entries: Mapping[str, Text]
    """What it may write into the audit log, with all that follows at once."""

    @property
    def act(self) -> Act[Any] | None:
        return self.action.act


def describe(action: RecordAction) -> DescribedAction:
    """All that is known of a button."""
    act = action.act
    done = [act.action, *(one.ask for one in act.asked.values())] if act else [action.run]
    entries = {key for does in done if does for key in findings(does).entries}
    return DescribedAction(
        action,
        _permissions(action),
        {act.member: RIGHT_LABELS.get(act.member, ROLE_LABELS[MemberRole.OWNER])}
        if act and act.member
        else {},
        _reasons(action),
        {key: ACTION_LABELS[key] for key in sorted(entries) if key in ACTION_LABELS},
    )


def describe_all(record_admin: Any) -> list[DescribedAction]:
    """The buttons of a kind of records: those above its list, and those of each record."""
    return [describe(one) for one in (*record_admin.list_actions, *record_admin.record_actions)]


def _permissions(action: RecordAction) -> dict[str, Text]:
    words = {str(one): PERMISSION_LABELS[one] for one in permissions_of(action.permission)}
    if isinstance(action.permission, frozenset):
        return {" or ".join(words): reduce(_either, map(str, words.values()))}
    return words


def _either(one: str, other: str) -> str:
    return _("%(one)s or %(other)s") % {"one": one, "other": other}


def _reasons(action: RecordAction) -> dict[str, str]:
    if action.blocked:
        texts = error_texts()
        return {code: _shown(texts[code]) for code in findings(action.blocked).codes}
    if action.unavailable:
        return {text: _shown(text) for text in findings(action.unavailable).texts}
    return {}


def _shown(text: Any) -> str:
    staff_text = text.staff if isinstance(text, TwoTexts) else text
    return str(staff_text % defaultdict(lambda: _MANY)).replace(str(_MANY), "…")
