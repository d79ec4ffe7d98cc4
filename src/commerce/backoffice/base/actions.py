"""Buttons of the staff area: each opens a page with a form, and sending it calls an action of the domain, once."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import Needed, Text
from commerce.kit.acts.act import Act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action: what the person reads, and where they go on (the record, or the list, if empty)."""

    message: Text
    to: str = ""
    secret: str = ""
    """What the answer itself shows, once, and nothing keeps."""


type Run = Callable[[Any, Mapping[str, Any], Context], Text | Done | None]
"""Called with the record (None for an action of a list), the cleaned values and the context. It calls the domain's
action; what that refuses (``BusinessError``) stands beside its field or above the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAction:
    """A button of a record or of a list: `/admin/<slug>/<id>/<name>`, or `/admin/<slug>/<name>` for a list's.

    ``name`` is a word of the address (``record-payment``), ``label`` the words of the button.
    """

    name: str
    label: Text
    permission: Needed
    act: Act[Any] | None = None
    """The act that it is made of, if it is."""
    run: Run | None = None
    """None only where ``leads_to`` says that another page does it."""
    ask: Callable[[Any, Mapping[str, Any], Context], Mapping[str, Any]] | None = None
    """What remote systems are asked before its transaction: further values for ``run``."""
    form: type[StaffForm] = StaffForm
    permission_of: Callable[[Any], StaffPermission] | None = None
    """What it needs where that differs from record to record; ``permission`` then only opens its page."""
    blocked: Callable[[Any, Context], StateConflict | None] | None = None
    """Why the record does not take it now, as the action itself says: ``…_blocked_reason``, which stands beside the
    action. The button then cannot be pressed and says this. None: it does."""
    unavailable: Callable[[Any], Text | None] | None = None
    """The same of an action that has no such function yet."""
    depends_on: Callable[[Any], object] | None = None
    """What must be as it was when the form was opened, besides the record's own columns: sums over other rows."""
    intro: Callable[[Any], Text] | None = None
    """A text above the form: what will happen."""
    submit: Text = ""
    """The words of the form's button; those of the action if empty."""
    asks_reason: bool = False
    """Asks for a reason: ``cleaned_data["reason"]``."""
    asks_password: bool = False
    """Asks for the person's own password, every time."""
    asks_password_if: Callable[[Any, Mapping[str, Any]], bool] | None = None
    """Asks for it only with some values of the form; it is told the record and the cleaned values."""
    password_hint: Text = ""
    """When it is asked for, in words."""
    password_of: Callable[[Any], bool] | None = None
    """Of which records ``asks_password_if`` may ask for it at all; None: of all."""
    leads_to: Callable[[Any], str] | None = None
    """The address of a page of its own, in place of a form here."""
    can_be_confirmed: bool = False
    """Whether what raises ``NeedsConfirmation`` is done once the person ticks that they are sure:
    ``cleaned_data["confirmed"]`` has the codes of what they were asked."""
    is_danger: bool = False
    is_atomic: bool = True
    """Whether the one-time key and the action are one transaction; not for what calls the network."""
    template: str = "backoffice/base/action.html"
    """Another template for a form that needs more than its fields; it extends this one."""
    context: Callable[[Any, StaffForm], Mapping[str, Any]] | None = None
    """What such a template needs besides: a preview, a grid."""

    def needed(self, record: Any) -> Needed:
        """The permission to do it with this record."""
        return self.permission_of(record) if self.permission_of else self.permission

    @property
    def act_key(self) -> str:
        """The key of the act that it is made of; empty without one."""
        return self.act.key if self.act else ""

    def may_ask_password(self, record: Any) -> bool:
        """Whether the form of a record has a field for the person's password."""
        if self.asks_password_if and self.password_of:
            return self.password_of(record)
        return bool(self.asks_password or self.asks_password_if)

    def version(self, record: Any) -> str:
        """What the record is now, as far as the action is about it; empty for an action of a list."""
        return record_version(record, self.depends_on(record) if self.depends_on else "")

    def reason_against(self, record: Any, ctx: Context) -> Text | None:
        """Why it cannot be done now; None if it can."""
        _is_offered, reason = self.standing(record, ctx)
        return reason

    def standing(self, record: Any, ctx: Context) -> tuple[bool, Text | None]:
        """Whether the record's page offers it at all, and why it cannot be done now."""
        if self.blocked:
            conflict = self.blocked(record, ctx)
            return (not conflict.is_moot, conflict.staff_text) if conflict else (True, None)
        return True, self.unavailable(record) if self.unavailable else None


def actions_for_many(admin: Any) -> list[RecordAction]:
    """What can be done to many records of a list at once."""
    own = [one for one in admin.record_actions if one.act and one.act.for_many]
    return [*own, *admin.actions_of_many]


def action_for_many(admin: Any, key: str) -> RecordAction | None:
    """The one of this act."""
    found = (one for one in actions_for_many(admin) if one.act and one.act.key == key)
    return next(found, None)


def record_version(record: Any, depends_on: object = "") -> str:
    """What a record is now, as a short text that differs once any of its columns does, or what else a form
    ``depends_on``; empty for no record.
    """
    if not isinstance(record, Model):
        return ""
    values = [
        f"{field.attname}={record.__dict__.get(field.attname)!r}"
        for field in record._meta.concrete_fields
    ]
    return hashlib.sha256("\n".join([*values, repr(depends_on)]).encode()).hexdigest()[:32]
