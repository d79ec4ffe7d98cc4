"""What must hold of a setting beyond its form: here among settings; those of apps above are added in `wiring.py`."""

import re
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

from commerce.kit.errors import BusinessError
from commerce.site_settings.current import get_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.models import SettingPicture

type SettingValidator = Callable[[Any], None]

_CONDITIONS: dict[str, list[SettingValidator]] = {}
type JointCheck = Callable[[Mapping[str, Any]], None]

_JOINT: dict[str, list[JointCheck]] = {}
_PRELIMINARY: dict[str, list[SettingValidator]] = {}


def add_validator(key: str, validator: SettingValidator) -> None:
    """Have ``validator`` look at each new value of a key, besides those that do so; it raises ``BusinessError``."""
    _CONDITIONS.setdefault(key, []).append(validator)


def add_preliminary_check(key: str, check: SettingValidator) -> None:
    """Have ``check`` look at each new value of a key before any transaction begins: it may ask others, and wait."""
    _PRELIMINARY.setdefault(key, []).append(check)


def check_preliminarily(key: str, value: Any) -> None:
    """Raises ``BusinessError`` with the reason why a key cannot have this value, of those checks that may take long."""
    for check in _PRELIMINARY.get(key, ()):
        check(value)


def add_joint_check(prefix: str, check: JointCheck) -> None:
    """Have ``check`` look at all new values of keys that begin with ``prefix``, together and before any transaction.

    It may ask others, and raises ``NeedsConfirmation``.
    """
    _JOINT.setdefault(prefix, []).append(check)


def check_jointly(values: Mapping[str, Any]) -> None:
    """Raises ``NeedsConfirmation`` for new values that somebody has to be sure of."""
    for prefix, checks in _JOINT.items():
        concerned = {key: value for key, value in values.items() if key.startswith(prefix)}
        for check in checks if concerned else ():
            check(concerned)


def validate_setting(key: str, value: Any) -> None:
    """Raises ``BusinessError`` with the reason why a key cannot have this value."""
    for condition in _CONDITIONS.get(key, ()):
        condition(value)


def _year_in(*, resets: bool, prefix: str) -> None:
    """Numbers that start anew each year need the year in their prefix, or they would come twice (billing.md 4)."""
    if resets and "{YYYY}" not in prefix:
        raise BusinessError("setting.number_prefix_without_year")


def _distinct(one: str, other: str) -> None:
    """An invoice and a credit note must not be able to get the same number."""
    pairs = zip_longest(_shape(one), _shape(other), fillvalue="")
    if all(a == b or ({a, b} & {"#"} and (a + b).strip("#").isdigit()) for a, b in pairs):
        raise BusinessError("setting.number_prefix_shared")


def _shape(prefix: str) -> str:
    """A prefix with ``#`` for digits that change; those at its end run into the number and say nothing."""
    return re.sub(r"[0-9#]+$", "", prefix.replace("{YYYY}", "####").replace("{MM}", "##"))


def _offered(default: str, enabled: list[str]) -> None:
    """Nobody is left without a language."""
    if default not in enabled:
        raise BusinessError("setting.default_locale_not_enabled", locale=default)


def _is_kept(name: str) -> None:
    """A picture that was replaced is gone."""
    if name and not SettingPicture.objects.filter(pk=name).exists():
        raise BusinessError("setting.picture_unknown")


for _key in (key for key, known in SETTING_DEFINITIONS.items() if known.picture):
    add_validator(_key, _is_kept)
add_validator("locale.default", lambda value: _offered(value, get_setting("locale.enabled")))
add_validator("locale.enabled", lambda value: _offered(get_setting("locale.default"), value))
add_validator(
    "billing.invoice_yearly_reset",
    lambda value: _year_in(resets=value, prefix=get_setting("billing.invoice_prefix")),
)
add_validator(
    "billing.invoice_prefix",
    lambda value: _year_in(resets=get_setting("billing.invoice_yearly_reset"), prefix=value),
)
add_validator(
    "billing.invoice_prefix",
    lambda value: _distinct(value, get_setting("billing.credit_note_prefix")),
)
add_validator(
    "billing.credit_note_prefix",
    lambda value: _distinct(value, get_setting("billing.invoice_prefix")),
)
