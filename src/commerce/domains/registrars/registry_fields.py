"""What a registry asks for beside the contacts of a name: the fields of a TLD, and what is filled in (domains.md 2)."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils import translation

from commerce.kit.errors import BusinessError
from commerce.presentation.countries import country_choices

MAX_FIELDS = 20
MAX_CHOICES = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

type RegistryField = dict[str, Any]
"""``name`` as the registrar has it, ``label``, ``type``, ``required``, ``options`` (pairs of value and label), and
``needed_if``, a pair of another field and those of its values with which alone this one is asked for.
"""


class RegistryFieldType(StrEnum):
    """What is filled into a field. A tick and a fixed field have one option: the value that is sent."""

    TEXT = "text"
    CHOICE = "choice"
    COUNTRY = "country"
    DATE = "date"
    TICK = "tick"
    FIXED = "fixed"


_FORMER_TYPES = {"dropdown": RegistryFieldType.CHOICE, "checkbox": RegistryFieldType.TICK}
_ONE_VALUE = (RegistryFieldType.TICK, RegistryFieldType.FIXED)


def checked_registry_fields(fields: Sequence[Mapping[str, Any]]) -> list[RegistryField]:
    """The fields of a TLD as they are kept. Raises ``BusinessError`` for one that nobody could fill in."""
    if not isinstance(fields, Sequence) or len(fields) > MAX_FIELDS:
        raise BusinessError("tld.too_many_fields", most=MAX_FIELDS, field="extra_fields")
    found = [_checked_field(field) for field in fields]
    names = [field["name"] for field in found]
    for field in found:
        if names.count(field["name"]) > 1:
            raise BusinessError("tld.field_twice", name=field["name"], field="extra_fields")
        if "needed_if" in field and field["needed_if"][0] not in names:
            raise _not_valid(field["name"])
    return found


def _checked_field(field: Mapping[str, Any]) -> RegistryField:
    if not isinstance(field, Mapping):
        raise _not_valid("")
    name = str(field.get("name", "")).strip()
    kind = _type_of(field) if name else None
    label = str(field.get("label") or name).strip()
    options = _options_of(field) if kind else []
    is_list = kind in (RegistryFieldType.CHOICE, *_ONE_VALUE)
    count = len(options)
    if kind in _ONE_VALUE and not count:
        options, count = [["yes", ""]], 1
    wrong = (
        kind is None
        or not _NAME.fullmatch(name)
        or len(label) > 200
        or (is_list and not 1 <= count <= (1 if kind in _ONE_VALUE else MAX_CHOICES))
        or any(len(value) > 255 or len(text) > 200 for value, text in options)
    )
    if wrong:
        raise _not_valid(name)
    kept: RegistryField = {
        "name": name,
        "label": label,
        "type": str(kind),
        "required": bool(field.get("required")),
    }
    if is_list:
        kept["options"] = options
    if condition := field.get("needed_if"):
        kept["needed_if"] = [str(condition[0]), [str(value) for value in condition[1]]]
    return kept


def _not_valid(name: str) -> BusinessError:
    return BusinessError("tld.field_not_valid", name=name or "?", field="extra_fields")


def _type_of(field: Mapping[str, Any]) -> RegistryFieldType | None:
    kind = str(field.get("type") or RegistryFieldType.TEXT)
    kind = _FORMER_TYPES.get(kind, kind)
    return RegistryFieldType(kind) if kind in RegistryFieldType else None


def _options_of(field: Mapping[str, Any]) -> list[list[str]]:
    """Pairs of what is sent and what is read; a bare value is both."""
    found = []
    for option in field.get("options") or ():
        value, text = option if isinstance(option, list | tuple) else (option, option)
        found.append([str(value).strip(), str(text or value).strip()])
    return found


def type_of_field(field: Mapping[str, Any]) -> RegistryFieldType:
    """The type of a stored field; text where it is none that we know."""
    return _type_of(field) or RegistryFieldType.TEXT


def options_of_field(field: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The options of a stored field: what is sent, and what is read."""
    return [(value, text) for value, text in _options_of(field)]


def is_asked(field: Mapping[str, Any]) -> bool:
    """Whether a buyer fills it in; what is fixed goes along by itself."""
    return type_of_field(field) is not RegistryFieldType.FIXED


def filled_in(fields: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> dict[str, str]:
    """What the registrar is told: what was filled in as it is needed, and what is fixed. Blank ones are left out.

    Raises ``BusinessError`` for a field that is needed and empty, and for a value that its type does not have.
    """
    for _name, refused in refusals(fields, values):
        raise refused
    given = _given(fields, values)
    told = {field["name"]: value for field in fields if (value := _told_of(field, given))}
    return told | {name: value for name, value in values.items() if name not in given}


def refusals(
    fields: Sequence[Mapping[str, Any]], values: Mapping[str, str]
) -> Iterator[tuple[str, BusinessError]]:
    """What is wrong with what was filled in, each with the name of its field."""
    given = _given(fields, values)
    for field in fields:
        value, label = _told_of(field, given), known_text(field.get("label") or field["name"])
        if not value and field.get("required") and _is_needed(field, given):
            missing = BusinessError("domain.extra_field_missing", label=label, field="extra_fields")
            yield field["name"], missing
        elif value and not _fits(type_of_field(field), options_of_field(field), value):
            wrong = BusinessError("domain.extra_field_not_valid", label=label, field="extra_fields")
            yield field["name"], wrong


def _given(fields: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> dict[str, str]:
    return {field["name"]: str(values.get(field["name"], "")).strip() for field in fields}


def _told_of(field: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """What the registrar is told of one field; nothing while other answers don't ask for it."""
    kind, options = type_of_field(field), options_of_field(field)
    if not _is_needed(field, given):
        return ""
    if kind is RegistryFieldType.FIXED:
        return options[0][0]
    value = given[field["name"]]
    if kind is RegistryFieldType.TICK and value == "yes" and options:
        return options[0][0]
    return value


def _is_needed(field: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    name, values = field.get("needed_if") or ("", ())
    return not name or given.get(name, "") in values


def _fits(kind: RegistryFieldType, options: Sequence[tuple[str, str]], value: str) -> bool:
    if len(value) > 255:
        return False
    if kind in (RegistryFieldType.CHOICE, RegistryFieldType.TICK):
        return not options or value in [one for one, _text in options]
    if kind is RegistryFieldType.COUNTRY:
        return value in [code for code, _name in country_choices()]
    if kind is RegistryFieldType.DATE:
        try:
            return date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    return True


def write_registry_fields(fields: Sequence[Mapping[str, Any]]) -> str:
    """The fields as text for a cell of a CSV file; blank if there are none."""
    return json.dumps(list(fields), ensure_ascii=False) if fields else ""


def read_registry_fields(text: str) -> list[RegistryField]:
    """Fields from such a text. Raises ``BusinessError`` for one that cannot be read."""
    try:
        read = json.loads(text) if text else []
    except ValueError as error:
        raise BusinessError("tld.fields_unreadable", field="extra_fields") from error
    if not isinstance(read, list):
        raise BusinessError("tld.fields_unreadable", field="extra_fields")
    return checked_registry_fields(read)


def read_options(text: str) -> list[list[str]]:
    """Options as people type them: one on a line, ``C11 = U.S. citizen``."""
    lines = [line.partition("=") for line in text.splitlines() if line.strip()]
    return [[value.strip(), (label or value).strip()] for value, _sign, label in lines]


def known_text(text: str) -> str:
    """A label in the reader's language where it is one that we proposed; any other as staff typed it."""
    return translation.gettext(text) if text else text


def write_options(field: Mapping[str, Any]) -> str:
    """The options of a field, as ``read_options`` reads them."""
    pairs = options_of_field(field)
    return "\n".join(value if value == text else f"{value} = {text}" for value, text in pairs)
