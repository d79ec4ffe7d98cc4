"""Forms of settings: a field for each, read and refused by the setting's own parser."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import Text
from commerce.catalog.models import Currency
from commerce.dns.servers.registry import NO_SERVER, SERVER_CLASSES
from commerce.domains.registrars.registry import REGISTRAR_CLASSES, registrar_names
from commerce.kit.errors import BusinessError
from commerce.presentation.countries import country_choices
from commerce.site_settings import parsers
from commerce.site_settings.current import get_setting
from commerce.site_settings.definition import SettingDefinition
from commerce.site_settings.definitions import SETTING_DEFINITIONS

type Choices = Sequence[tuple[str, Any]]

_WORD_LABELS = {
    "none": _("None"),
    "fixed": _("Fixed amount"),
    "percent": _("Percentage"),
    "destination": _("The customer's country"),
    "origin": _("Your country"),
    "G": _("G: export"),
    "O": _("O: outside the scope of tax"),
    "auto": _("Automatic"),
    "gross": _("Including tax"),
    "net": _("Excluding tax"),
    "manual": _("Set by hand"),
    "ecb": _("European Central Bank"),
}
"""What the words that a setting takes mean."""


def _languages() -> Choices:
    return [(code, name) for code, name in settings.LANGUAGES]


def _currencies() -> Choices:
    codes = Currency.objects.filter(is_active=True).order_by("code").values_list("code", flat=True)
    return [("", _("Default currency")), *((code, code) for code in codes)]


def _registrars() -> Choices:
    return [(slug, REGISTRAR_CLASSES[slug].name) for slug in registrar_names()]


def _dns_servers() -> Choices:
    return [
        (NO_SERVER, _WORD_LABELS["none"]),
        *((slug, adapter.name) for slug, adapter in SERVER_CLASSES.items()),
    ]


_CHOICES: Mapping[str, Callable[[], Choices]] = {
    "company.country": country_choices,
    "tax.accounting_currency": _currencies,
    "domains.registrar": _registrars,
    "dns.server": _dns_servers,
}
"""Settings of which only these values can be chosen."""

_ENTRY_PARSERS = (parsers.parse_nav_links, parsers.parse_highlights)
"""Of settings whose value is a list of entries, one on each line."""


class SettingField(forms.Field):
    """One setting as it is typed; ``clean`` gives the text that ``set_settings`` takes."""

    may_stay_out = False
    """Nothing typed is no answer yet, in place of an empty value."""

    def __init__(self, key: str, *, label: Text = "", help_text: Text = "") -> None:
        self.key, self.definition = key, SETTING_DEFINITIONS[key]
        super().__init__(
            required=False,
            label=label or self.definition.description,  # type: ignore[arg-type]
            help_text=help_text,  # type: ignore[arg-type]
            widget=_widget(key, self.definition),
            initial=self.typed(get_setting(key)),
        )

    def typed(self, value: Any) -> str:
        """A value as the field shows it; a secret never."""
        if self.definition.secret:
            return ""
        text = self.definition.format(value)
        return text.replace(" ; ", "\n") if self.definition.parse in _ENTRY_PARSERS else text

    def prepare_value(self, value: Any) -> Any:
        if isinstance(self.widget, forms.CheckboxSelectMultiple) and isinstance(value, str):
            return value.split(",")
        return value

    def clean(self, value: Any) -> str:
        match value:
            case bool():
                text = "on" if value else "off"
            case list():
                text = ",".join(value)
            case _:
                text = value or ""
        if not text.strip() and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        if not text.strip() and (self.definition.secret or self.may_stay_out):
            return ""
        try:
            self.definition.parse(text)
        except BusinessError as refused:
            raise ValidationError(str(refused)) from refused
        return str(text)


def _widget(key: str, definition: SettingDefinition) -> forms.Widget:
    widget: forms.Widget = forms.TextInput()
    if definition.secret:
        widget = _secret_widget(definition)
    elif choices := _choices_of(key, definition):
        widget = forms.Select(choices=choices)
    else:
        match definition.parse:
            case parsers.WholeNumber(least, most):
                widget = forms.NumberInput({"min": least, "max": most})
            case parsers.parse_switch:
                widget = forms.CheckboxInput(check_test=lambda value: value in ("on", True))
            case parsers.parse_languages:
                widget = forms.CheckboxSelectMultiple(choices=_languages())
            case parsers.parse_text | parsers.parse_nav_links | parsers.parse_highlights:
                widget = forms.Textarea({"rows": 4})
    return widget


def _secret_widget(definition: SettingDefinition) -> forms.Widget:
    """Never filled in, neither by us nor by the browser."""
    if definition.parse is parsers.parse_text:
        return forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false"})
    return forms.PasswordInput({"autocomplete": "new-password"})


def _choices_of(key: str, definition: SettingDefinition) -> Choices:
    if source := _CHOICES.get(key):
        return source()
    match definition.parse:
        case parsers.OneOf(words):
            return [(word, _WORD_LABELS[word]) for word in words]
        case parsers.parse_language:
            return _languages()
        case parsers.parse_time_zone:
            return [(name, name.replace("_", " ")) for name in sorted(available_timezones())]
    return []


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting as its page shows it: the field, its default, and whether it differs from that."""

    field: forms.BoundField
    key: str
    default: str
    value: str
    is_changed: bool
    is_secret: bool
    is_required: bool


class SettingsForm(StaffForm):
    """A field for each of ``keys``; ``labels`` and ``help_texts`` replace the explanations of some, and an adapter
    cannot be used without those that are ``required``.
    """

    is_stale = False
    """Somebody else changed them since the form was opened: the page shows their values beside what was typed."""

    asks_confirmation = False
    """It is kept once the person says that they are sure of it."""

    def __init__(
        self,
        *args: Any,
        keys: Sequence[str],
        labels: Mapping[str, Text] | None = None,
        help_texts: Mapping[str, Text] | None = None,
        required: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        self.keys = [key for key in keys if not SETTING_DEFINITIONS[key].picture]
        self.labels, self.help_texts = labels or {}, help_texts or {}
        self.required_keys = required
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        for key in self.keys:
            self.fields[key] = SettingField(
                key, label=self.labels.get(key, ""), help_text=self.help_texts.get(key, "")
            )

    def rows(self) -> list[SettingRow]:
        """The settings in their order."""
        return [self._row(key) for key in self.keys]

    def _row(self, key: str) -> SettingRow:
        definition, value = SETTING_DEFINITIONS[key], get_setting(key)
        return SettingRow(
            field=self[key],
            key=key,
            default=definition.display(definition.default),
            value=definition.display(value),
            is_changed=value != definition.default,
            is_secret=definition.secret,
            is_required=key in self.required_keys,
        )

    def refuse(self, refused: BusinessError) -> None:
        """What came out only when it was to be saved."""
        field = refused.field if refused.field in self.fields else None
        self.add_error(field, str(refused))
