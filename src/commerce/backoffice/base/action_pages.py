"""The page of an action: its form, and what sending it does (backoffice.md 3).

Sent once, it happens once, whatever the browser repeats. If the record was changed since the form was opened, the
person is told, and what they typed stays.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.debug import sensitive_post_parameters

from commerce.accounts.actions.staff_forms import (
    claim_form_key,
    is_form_key_claimed,
    release_form_key,
)
from commerce.backoffice.base.access import may, missing_permission, signed_in_staff, staff_context
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.forms import StaffForm, draw
from commerce.backoffice.base.spending import daily_spending
from commerce.db.acts import AlreadyDone, run_act
from commerce.db.locks import lock_name
from commerce.kit.context import Context
from commerce.kit.errors import (
    BusinessError,
    NeedsConfirmation,
    PermissionDenied,
    StateConflict,
)
from commerce.portal.base.form_fields import MultilineField, PlainTextField
from commerce.portal.base.password_confirmation import check_own_password
from commerce.portal.base.redirects import see_other

type View = Callable[..., HttpResponseBase]

MAX_REASON_LENGTH = 500


class _RecordChanged(Exception):
    """Another form has changed the record while this one was being sent."""


class _ConfirmedField(PlainTextField):
    """Codes of what a person is sure about."""

    def clean(self, value: Any) -> list[str]:
        return str(super().clean(value)).split()


class _Tick(forms.CheckboxInput):
    """A tick, not set yet, that sends these codes."""

    def __init__(self, codes: str) -> None:
        super().__init__(check_test=lambda _value: False)
        self.codes = codes

    def format_value(self, value: Any) -> str:
        return self.codes


class _ActionForm(StaffForm):
    """The form of an action with what every one of them has: a one-time key, the record's version, and as it asks for
    them a reason and the person's own password.
    """

    form_key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    form_version = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    request: HttpRequest
    action: RecordAction

    def __init__(
        self, request: HttpRequest, action: RecordAction, *args: Any, **kwargs: Any
    ) -> None:
        self.request, self.action = request, action
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        super().prepare()
        if self.action.asks_reason:
            self.fields["reason"] = MultilineField(
                label=_lazy("Reason"),
                max_length=MAX_REASON_LENGTH,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        if self.action.may_ask_password(self.record):
            hint: Any = "" if self.action.asks_password else self.action.password_hint
            self.fields["own_password"] = PlainTextField(
                label=_lazy("Your password"),
                max_length=1000,
                strip=False,
                required=self.action.asks_password,
                help_text=hint,
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            )
        if self.action.can_be_confirmed:
            self.initial["confirmed"] = ""
            self.fields["confirmed"] = _ConfirmedField(
                label=_lazy("I'm sure, save anyway"),
                help_text=_lazy("Enter passwords and keys again: they aren't kept in this form."),
                required=False,
                widget=forms.HiddenInput,
            )
        self.initial["form_key"] = secrets.token_urlsafe(24)
        self.initial["form_version"] = self.action.version(self.record)

    def ask_confirmation(self, code: str) -> None:
        """Show the tick of a person who is sure, of this too."""
        codes = [*self.cleaned_data["confirmed"], code]
        self.fields["confirmed"].widget = widget = _Tick(" ".join(codes))
        draw(widget)

    def clean_own_password(self) -> str:
        typed = str(self.cleaned_data["own_password"])
        if typed:
            check_own_password(self.request, typed)
        return typed

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        asks = self.action.asks_password_if
        if (
            asks
            and "own_password" in self.fields
            and not self.errors
            and not values["own_password"]
            and asks(self.record, values)
        ):
            missing = self.fields["own_password"].error_messages["required"]
            self.add_error("own_password", missing)
        return values


def build_form(
    request: HttpRequest, action: RecordAction, record: Any, data: Any = None
) -> _ActionForm:
    """The form of an action: fresh, or with what was sent."""
    return _form_class(action.form)(
        request,
        action,
        data,
        None if data is None else request.FILES,
        record=record,
        staff=signed_in_staff(request),
        query=request.GET,
    )


@cache
def _form_class(of_action: type[StaffForm]) -> type[_ActionForm]:
    return type(of_action.__name__, (_ActionForm, of_action), {})


def record_action_view(admin: Any, action: RecordAction) -> View:
    """The page of a record's action."""

    @sensitive_post_parameters()
    def view(request: HttpRequest, object_id: Any) -> HttpResponseBase:
        try:
            record = admin.find(request, object_id)
        except Http404:
            if _sent_key_is_known(request):  # it was deleted by this very form
                return _was_sent(request, admin.list_url())
            raise
        return _answer(request, admin, action, record)

    return view


def list_action_view(admin: Any, action: RecordAction) -> View:
    """The page of a list's action."""

    @sensitive_post_parameters()
    def view(request: HttpRequest) -> HttpResponseBase:
        return _answer(request, admin, action, None)

    return view


def _answer(
    request: HttpRequest, admin: Any, action: RecordAction, record: Any
) -> HttpResponseBase:
    if not may(request, needed := action.needed(record)):
        raise PermissionDenied(missing_permission(request, needed))
    if request.method != "POST":
        return _page(request, admin, action, record, build_form(request, action, record))
    back = admin.list_url() if record is None else admin.record_url(record)
    if _sent_key_is_known(request):
        return _was_sent(request, back)
    form = build_form(request, action, record, request.POST)
    ctx = staff_context(request)
    status = _refused_before(form, action, record, ctx)
    if status is None:
        try:
            done = _run(form, admin, action, record, ctx)
        except _RecordChanged:
            return _answer(request, admin, action, admin.find(request, record.pk))
        except PermissionDenied:
            raise
        except BusinessError as error:
            status = _refused(form, action, error)
        else:
            if done is not None and done.secret:
                return _revealed(request, admin, action, record, done)
            return _done(request, done, back)
    return _page(request, admin, action, record, form, status)


def _refused(form: _ActionForm, action: RecordAction, error: BusinessError) -> int:
    """Say in the form what the domain's action refused, and ask whether the person is sure where that helps; the status
    of the answer.
    """
    form.add_error(error.field if error.field in form.fields else None, error.staff_text)
    if isinstance(error, NeedsConfirmation) and action.can_be_confirmed:
        form.ask_confirmation(error.answer)
    if not isinstance(error, StateConflict):
        return 422
    form.show_anew()
    return 409


def _refused_before(
    form: _ActionForm, action: RecordAction, record: Any, ctx: Context
) -> int | None:
    """The status of a form that the action does not get to see; None if it does."""
    if action.reason_against(record, ctx):
        return 409
    if not form.is_valid():
        return 422
    if form.cleaned_data["form_version"] == action.version(record):
        return None
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["form_version"] = action.version(record)  # type: ignore[index]
    form.add_error(
        None,
        _(
            "This record changed after you opened this form. Check its current values, then submit"
            " the form again to apply yours."
        ),
    )
    return 409


def _done(request: HttpRequest, done: Done | None, back: str) -> HttpResponseBase:
    if done is None:
        return _was_sent(request, back)
    messages.success(request, str(done.message))
    return see_other(done.to or back)


def _revealed(
    request: HttpRequest, admin: Any, action: RecordAction, record: Any, done: Done
) -> HttpResponseBase:
    """The only page that has the secret: the same form sent again shows none."""
    context = {
        **admin.admin_site.each_context(request),
        "title": action.label,
        "subtitle": admin.label if record is None else admin.record_title(record),
        "back_url": admin.list_url() if record is None else admin.record_url(record),
        "list_url": admin.list_url(),
        "record_admin": admin,
        "record": record,
        "done": done,
    }
    reply = TemplateResponse(request, "backoffice/base/revealed.html", context)
    reply["Cache-Control"] = "no-store"
    return reply


def _key(request: HttpRequest, typed: str) -> str:
    return f"{signed_in_staff(request).pk}:{typed}"[:64]


def _sent_key_is_known(request: HttpRequest) -> bool:
    typed = request.POST.get("form_key", "")
    return bool(typed) and is_form_key_claimed(key=_key(request, typed))


def _run(
    form: _ActionForm, admin: Any, action: RecordAction, record: Any, ctx: Context
) -> Done | None:
    """What came of it; None when the same form was sent before.

    The forms of one record go one after the other, each with the record as the one before has left it. Not by a lock of
    its row: actions lock the client first (``db.locks``).
    """
    values = {
        name: value
        for name, value in form.cleaned_data.items()
        if name not in ("form_key", "form_version", "own_password")
    }

    if action.ask:
        values |= action.ask(record, values, ctx)

    def do() -> Done:
        spending = daily_spending(signed_in_staff(form.request), ctx.at)
        if action.is_atomic and isinstance(record, Model):
            lock_name(f"staff form {admin.names} {record.pk}")
        done = _outcome(action, _unchanged(form, admin, record), values, ctx)
        if spending:
            spending.check(ctx.at, is_over=not action.is_atomic)
        return done

    key = _FormKey(_key(form.request, form.cleaned_data["form_key"]), ctx)
    try:
        return run_act(do, is_atomic=action.is_atomic, once=key)
    except AlreadyDone:
        return None


@dataclass(frozen=True)
class _FormKey:
    """The one-time key of a staff form."""

    key: str
    ctx: Context

    def claim(self) -> bool:
        return claim_form_key(key=self.key, ctx=self.ctx)

    def release(self) -> None:
        release_form_key(key=self.key)


def _unchanged(form: _ActionForm, admin: Any, record: Any) -> Any:
    """The record as it is now, if that is how the person saw it."""
    if isinstance(record, Model):
        record = admin.find(form.request, record.pk)
        if form.cleaned_data["form_version"] != form.action.version(record):
            raise _RecordChanged
    return record


def _outcome(action: RecordAction, record: Any, values: dict[str, Any], ctx: Context) -> Done:
    assert action.run is not None  # only what has a form comes here
    outcome = action.run(record, values, ctx)
    return outcome if isinstance(outcome, Done) else Done(outcome or _("Done."))


def _was_sent(request: HttpRequest, back: str) -> HttpResponseBase:
    messages.info(request, _("You already submitted this form. Nothing was done twice."))
    return see_other(back)


def _page(
    request: HttpRequest,
    admin: Any,
    action: RecordAction,
    record: Any,
    form: _ActionForm,
    status: int = 200,
) -> HttpResponseBase:
    context = {
        **admin.admin_site.each_context(request),
        "title": action.label,
        "subtitle": admin.label if record is None else admin.record_title(record),
        "record_admin": admin,
        "record": record,
        "back_url": admin.list_url() if record is None else admin.record_url(record),
        "list_url": admin.list_url(),
        "action": action,
        "reason_against": action.reason_against(record, staff_context(request)),
        "intro": action.intro(record) if action.intro else "",
        "form": form,
        **(action.context(record, form) if action.context else {}),
    }
    return TemplateResponse(request, action.template, context, status=status)
