"""Answers that are settings: what is known of them, how they are read, and how they are kept."""

from collections.abc import Callable, Mapping

from commerce.kit.context import Context
from commerce.site_settings.actions import set_settings
from commerce.site_settings.current import get_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.validators import validate_setting

type AnswerCheck = Callable[[str], str]
"""The answer as it is kept. Raises ``BusinessError`` for what cannot be one."""


def shown_setting(key: str) -> str:
    """A setting as it is typed."""
    return SETTING_DEFINITIONS[key].display(get_setting(key))


def is_company_known() -> bool:
    """Whether somebody told who the company is: from then on a setting that is as shipped was left so."""
    return all(is_changed(key) for key in ("company.name", "company.address1", "company.email"))


def is_changed(key: str) -> bool:
    return bool(get_setting(key) != SETTING_DEFINITIONS[key].default)


def known_setting(key: str) -> str:
    """What the installation has for a setting; nothing while nobody decided about it."""
    return shown_setting(key) if is_changed(key) or is_company_known() else ""


def setting_check(key: str) -> AnswerCheck:
    """How an answer becomes a value of a setting, with all that must be true of it."""

    def check(typed: str) -> str:
        definition = SETTING_DEFINITIONS[key]
        value = definition.parse(typed)
        if value != get_setting(key):
            validate_setting(key, value)
        return definition.display(value)

    return check


def save_settings(values: Mapping[str, str], ctx: Context) -> list[str]:
    """Keep the settings that have a new value, all or none; what changed, in a line each."""
    new = {key: value for key, value in values.items() if shown_setting(key) != value}
    changed = set_settings(values=new, ctx=ctx)
    return [f"{key}: {shown_setting(key) or 'empty'}" for key in changed]
