"""Buttons and forms of the staff area, made from acts."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import Needed, list_of
from commerce.kit.acts.act import Act, act_of
from commerce.kit.acts.shown import ShownOnce
from commerce.kit.context import Context
from commerce.portal.base.acts.fields import act_fields, given_values


def act_button(
    action: Callable[..., Any],
    *,
    to: Callable[[Any], str] | None = None,
    form: type[StaffForm] | None = None,
    **page: Any,
) -> RecordAction:
    """The button of an act, with its form; of a list, where the act has no record.

    ``to`` is the address where the person goes on, told the act's result, or the record where it gives none; without it
    the list of what was deleted, or the record. ``form``
    is one of its own, for what needs more than a field for each parameter; ``page`` is what else such a page has
    (`RecordAction`: ``template``, ``context``).
    """
    act = act_of(action)
    assert act.staff is not None, f"{act.key} is no act of staff"

    if to is None and act.verb == "delete":
        to = _list_of_deleted

    def run(record: Any, cleaned: Mapping[str, Any], ctx: Context) -> Done:
        asked = {name: cleaned[name] for name in act.asked}
        result = act.call(record, {**given_values(act, record, cleaned), **asked}, ctx)
        message = act.done_text(result, record, staff=True)
        if isinstance(result, ShownOnce):
            return Done(message, secret=result.secret)
        return Done(message, to=to(record if result is None else result) if to else "")

    staff_of = act.staff_of
    asks_if = act.asks_password if callable(act.asks_password) else None
    return RecordAction(
        name=act.verb.replace("_", "-"),
        label=act.label,
        permission=_permission(act.staff),
        act=act,
        permission_of=(lambda record: StaffPermission(staff_of(record))) if staff_of else None,
        run=run,
        ask=lambda record, cleaned, ctx: act.ask(record, given_values(act, record, cleaned), ctx),
        form=form or act_form(action),
        blocked=act.blocked,
        intro=act.intro_text if act.intro else None,
        submit=act.submit or (_("Save changes") if act.edits else ""),
        asks_reason=act.asks_reason,
        asks_password=act.asks_password is True,
        asks_password_if=asks_if,
        password_hint=act.password_hint,
        can_be_confirmed=act.may_need_confirmation,
        is_danger=act.is_danger,
        is_atomic=act.is_atomic,
        **page,
    )


def _list_of_deleted(record: Model) -> str:
    return list_of(type(record))


def _permission(staff: str | tuple[str, ...] | frozenset[str]) -> Needed:
    if isinstance(staff, str):
        return StaffPermission(staff)
    return type(staff)(map(StaffPermission, staff))  # type: ignore[return-value]


@cache
def act_form(action: Callable[..., Any]) -> type[StaffForm]:
    """The form of an act."""
    return type("ActForm", (ActForm,), {"act": act_of(action), "__module__": __name__})


class ActForm(StaffForm):
    """A field for each thing that an act asks; the reason that it must have is the page's own."""

    act: Act[Any]

    def prepare(self) -> None:
        self.fields.update(act_fields(self.act, self.record, self.data))
        if self.act.asks_reason:
            del self.fields["reason"]
