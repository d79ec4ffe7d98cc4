"""How a server's panel is reached: the credentials that its module needs, and the certificate that it must show."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.forms import StaffForm
from commerce.hosting.actions.server_editing import save_server
from commerce.hosting.actions.server_fields import parse_fingerprint
from commerce.hosting.actions.server_settings import (
    credentials_blocked_reason,
    directs_secrets_elsewhere,
    set_secret_names,
)
from commerce.hosting.models import Server
from commerce.hosting.modules.registry import module_class
from commerce.hosting.server_tests import shown_fingerprint, try_server_blocked_reason
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import page_limits
from commerce.portal.base.form_fields import LineField
from commerce.site_settings.adapter_fields import AdapterField


class ConnectionForm(StaffForm):
    """The fields of the server's module; a secret is never shown, and stays if nothing is typed and it is sent to
    where it was sent before.
    """

    def prepare(self) -> None:
        known = set_secret_names(self.record)
        for each in module_class(self.record.module).fields:
            self.fields[each.name] = _control(each, is_set=each.name in known)
            if not each.secret:
                value = self.record.settings.get(each.name, each.default)
                self.initial[each.name] = bool(value) if each.kind == "switch" else value or ""


def _control(field: AdapterField, *, is_set: bool) -> forms.Field:
    label, words = str(field.label), str(field.help)
    if field.kind == "switch":
        return forms.BooleanField(label=label, help_text=words, required=False)
    if field.secret and is_set:
        words = _("Set. Leave empty to keep it.")
    lines = {"text": forms.Textarea(attrs={"rows": 6})}
    widget: forms.Widget = lines.get(field.kind, forms.TextInput())
    if field.secret:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=label,
        help_text=words,
        required=field.required and not is_set,
        widget=widget,
        strip=True,
    )


def _connect(record: Server, values: Mapping[str, Any], ctx: Context) -> str:
    names = [each.name for each in module_class(record.module).fields]
    typed = {name: _text(values[name]) for name in names}
    if directs_secrets_elsewhere(record, typed):
        _check_typed_again(record, typed)
    save_server(server=record, changes={"settings": typed}, confirmed=values["confirmed"], ctx=ctx)
    return _("Credentials saved.")


def _check_typed_again(record: Server, typed: Mapping[str, str]) -> None:
    """Raises ``BusinessError`` for a secret that is set, and was not typed with where it is to be sent."""
    known = set_secret_names(record)
    for each in module_class(record.module).fields:
        if each.name in known and not typed.get(each.name):
            raise BusinessError("setting.secret_needed_again", field=each.name)


def _text(value: object) -> str:
    """A switch is kept as `on`, or empty."""
    return ("on" if value else "") if isinstance(value, bool) else str(value or "")


class PinForm(StaffForm):
    """The fingerprint of the certificate that the server shows at this moment, to be compared and kept; and what is
    sent to whoever shows it, which is typed again.
    """

    fingerprint = LineField(
        label=_lazy("SHA-256 fingerprint"),
        max_length=100,
        required=False,
        help_text=_lazy("Empty: a certificate from a public authority, as for any website."),
    )

    def prepare(self) -> None:
        known = set_secret_names(self.record)
        for each in module_class(self.record.module).fields:
            if each.name in known:
                self.fields[each.name] = _control(each, is_set=True)
                self.fields[each.name].help_text = _("Enter it again to pin another certificate.")
        self.initial["fingerprint"] = self.record.fingerprint
        if self.is_bound:
            return
        try:
            with page_limits():
                self.initial["fingerprint"] = shown_fingerprint(server=self.record)
        except (BusinessError, OSError) as problem:
            self.fields["fingerprint"].help_text = str(problem)


def _pin(record: Server, values: Mapping[str, Any], ctx: Context) -> str:
    own = ("fingerprint", "confirmed")
    typed = {name: str(value) for name, value in values.items() if name not in own and value}
    if parse_fingerprint(values["fingerprint"]) != record.fingerprint:
        _check_typed_again(record, typed)
    given = {"fingerprint": values["fingerprint"], "settings": typed}
    save_server(server=record, changes=given, confirmed=values["confirmed"], ctx=ctx)
    if not record.fingerprint:
        return _("No certificate is pinned: the usual authorities vouch for this server.")
    return _("Certificate pinned. No other one is accepted from this server.")


CONNECTION = RecordAction(
    name="connection",
    label=_lazy("Credentials"),
    permission=StaffPermission.SERVERS_MANAGE,
    run=_connect,
    form=ConnectionForm,
    submit=_lazy("Save changes"),
    can_be_confirmed=True,
    is_atomic=False,
    blocked=credentials_blocked_reason,
)
PIN = RecordAction(
    name="certificate",
    label=_lazy("Pin certificate"),
    permission=StaffPermission.SERVERS_MANAGE,
    run=_pin,
    form=PinForm,
    submit=_lazy("Save changes"),
    can_be_confirmed=True,
    is_atomic=False,
    blocked=try_server_blocked_reason,
    intro=lambda _server: _lazy(
        "For a panel with a self-signed certificate. Below is what the server shows now: compare it with "
        "what the server itself says before you save it."
    ),
)
