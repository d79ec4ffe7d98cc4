"""The settings of an adapter, be it of a gateway or a registrar: each field is a setting ``<kind>.<slug>.<name>``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.site_settings import current
from commerce.site_settings.actions import reset_setting, set_setting
from commerce.site_settings.definition import SettingDefinition
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.parsers import (
    SettingParser,
    optional,
    parse_base_url,
    parse_iban,
    parse_line,
    parse_switch,
    parse_text,
)
from commerce.site_settings.validators import add_validator

_KINDS: dict[str, tuple[SettingParser, object]] = {
    "line": (parse_line, ""),
    "text": (parse_text, ""),
    "iban": (parse_iban, ""),
    "url": (optional(parse_base_url), ""),
    "switch": (parse_switch, False),
}
"""How a field of each kind is read, and what it is at first."""


@dataclass(frozen=True, slots=True)
class AdapterField:
    """One setting of an adapter; a secret is kept encrypted and never shown again.

    ``kind`` is ``line``, ``text`` (of several lines), ``iban``, ``url`` (an address that calls begin with) or
    ``switch``; ``help`` says what to give. What begins with none of ``prefixes`` is refused, so that a secret cannot
    stand where all can read it. ``default`` is its value until staff set it, if that is not the empty one of its kind.

    ``directs_secrets``: it decides where the secrets of its adapter are sent, or who is trusted there. They do not
    outlive its change, or whoever may change it could have them sent to himself (``tests/house`` finds such fields).
    """

    name: str
    label: str | Promise
    kind: str = "line"
    help: str | Promise = ""
    required: bool = False
    secret: bool = False
    prefixes: tuple[str, ...] = ()
    default: Any = None
    directs_secrets: bool = False
    is_of_account: bool = True
    """It is one of those that say which account is used, and where: a new value is tried before it is kept."""

    def check(self, value: Any) -> None:
        """Raises ``BusinessError`` for a value that cannot be this setting's; an empty one can."""
        if value and self.prefixes and not value.startswith(self.prefixes):
            raise BusinessError("setting.key_not_valid", label=self.label)


def register_adapter_settings(prefix: str, fields: Iterable[AdapterField]) -> None:
    """Make the settings of an adapter known, ``<prefix>.<name>``."""
    fields = list(fields)
    secrets = tuple(f"{prefix}.{each.name}" for each in fields if each.secret)
    for each in fields:
        read, default = _KINDS[each.kind]
        SETTING_DEFINITIONS[f"{prefix}.{each.name}"] = SettingDefinition(
            read,
            default if each.default is None else each.default,
            each.help or each.label,
            secret=each.secret,
            directs=secrets if each.directs_secrets else (),
        )
        add_validator(f"{prefix}.{each.name}", each.check)


def adapter_settings(prefix: str, fields: Iterable[AdapterField]) -> dict[str, Any]:
    """What staff have set of an adapter, by the name of the field."""
    return {each.name: current.get_setting(f"{prefix}.{each.name}") for each in fields}


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field with its value as people read it; a secret is only "set"."""

    field: AdapterField
    key: str
    value: str


def shown_fields(prefix: str, fields: Iterable[AdapterField]) -> list[ShownField]:
    """All fields of an adapter as they are set."""
    return [ShownField(each, f"{prefix}.{each.name}", _shown(prefix, each)) for each in fields]


def _shown(prefix: str, field: AdapterField) -> str:
    key = f"{prefix}.{field.name}"
    return SETTING_DEFINITIONS[key].display(current.get_setting(key))


def set_adapter_field(
    prefix: str,
    field: AdapterField,
    value: str | None,
    ctx: Context,
    *,
    is_confirmed: bool = False,
) -> str:
    """Set a field, or clear it with None; what it then is, as people read it. Raises ``BusinessError``."""
    key = f"{prefix}.{field.name}"
    if value is None:
        reset_setting(key=key, ctx=ctx, is_confirmed=is_confirmed)
    else:
        set_setting(key=key, value=value, ctx=ctx, is_confirmed=is_confirmed)
    return _shown(prefix, field)


def missing_fields(
    fields: Iterable[AdapterField], settings: Mapping[str, Any]
) -> list[AdapterField]:
    """The required settings that an adapter lacks."""
    return [each for each in fields if each.required and not settings[each.name]]
