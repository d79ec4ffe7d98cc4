"""Kinds of records of the staff API: each list of the staff area is one, and nothing is said of it here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any

from django.db import models
from django.db.models import Model

from commerce.accounts.actions.staff_people.api_tokens import is_never_by_token
from commerce.backoffice.api.caller import StaffCaller
from commerce.backoffice.api.words import has_words, metadata_of, reference_of
from commerce.backoffice.base.access import are_enough
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.pages import Needed
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.base.site import StaffSite
from commerce.backoffice.lists.columns import Column, LinkColumn, MoneyColumn
from commerce.kit.acts.act import Act
from commerce.kit.money import Money
from commerce.presentation.records import (
    RecordAmount,
    RecordDay,
    RecordField,
    RecordInstant,
    RecordLink,
    RecordSwitch,
    plain_record,
    value_of,
)

type Json = dict[str, Any]

_NEVER_READ = {"mails": ("text",)}
"""Fields that no token reads: bodies of emails have links that sign in or set a password (staff-api.md)."""


@dataclass(frozen=True, slots=True)
class KindField:
    """A value of a record, as programs get it. ``order`` is the column by which its head sorts the list."""

    name: str
    label: str
    value: Callable[[Any], Any]
    schema: Json
    order: str = ""
    permission: str | None = None
    is_amount: bool = False


_WORDS = (
    KindField(
        "reference", "The client's own reference", reference_of, {"type": ["string", "null"]}
    ),
    KindField(
        "metadata",
        "The client's own words, by key",
        metadata_of,
        {"type": "object", "additionalProperties": {"type": "string"}},
    ),
)


@dataclass(frozen=True, slots=True)
class KindAct:
    """An act by program: what its button is in the staff area, and what its page there needs."""

    action: RecordAction
    act: Act[Any]
    needed: Needed
    of_list: bool

    @property
    def name(self) -> str:
        """The last word of its address."""
        return self.action.name

    @property
    def is_never_by_token(self) -> bool:
        """Whether people alone do it."""
        return is_never_by_token(self.act.key)


class RecordKind:
    """The records of one list: ``/api/staff/v1/<name>``."""

    def __init__(self, admin: RecordAdmin) -> None:
        self.admin = admin
        self.site: StaffSite = admin.admin_site
        self.name = admin.slug.replace("/", "-")

    @property
    def label(self) -> str:
        """What the records are called, in the plural."""
        return str(self.admin.label)

    @cached_property
    def fields(self) -> Mapping[str, KindField]:
        """What each record has, by name; the id first."""
        described = self.admin.described_by
        found = (
            [_described(one, self.admin.model) for one in described.fields]
            if described
            else _of_columns(self.admin)
        )
        key = _pk_schema(self.admin.model)
        own = KindField("id", "ID", lambda row: row.pk, key, order="pk")
        found += _WORDS if has_words(self.admin.model) else ()
        hidden = ("id", *_NEVER_READ.get(self.name, ()))
        return {"id": own, **{one.name: one for one in found if one.name not in hidden}}

    def fields_for(self, caller: StaffCaller) -> list[KindField]:
        """Those that a caller may see."""
        held = caller.staff.all_permissions
        return [one for one in self.fields.values() if not one.permission or one.permission in held]

    @property
    def has_text_key(self) -> bool:
        """Whether records are named by a text and not by a number."""
        return self.admin.key_converter == "str"

    @cached_property
    def record_acts(self) -> Mapping[str, KindAct]:
        """What can be done with a record, by the last word of its address."""
        return self._acts(self.admin.record_actions, of_list=False)

    @cached_property
    def list_acts(self) -> Mapping[str, KindAct]:
        """What can be done without one."""
        return self._acts(self.admin.list_actions, of_list=True)

    def _acts(self, actions: Any, *, of_list: bool) -> Mapping[str, KindAct]:
        found = {}
        for action in actions:
            if action.act is None or bool(action.act.record) == of_list:
                continue
            rule = self.site.rules[self.admin.action_name(action, of_list=of_list)]
            assert rule.write is not None
            found[action.name] = KindAct(action, action.act, rule.write, of_list)
        return found

    @property
    def needed(self) -> Needed:
        """What reading takes, as the table of the staff area has it."""
        return self.site.rules[f"{self.admin.names}_changelist"].read

    def shown(self, row: Any, caller: StaffCaller, names: frozenset[str] = frozenset()) -> Json:
        """A record with these fields, or all that the caller may see."""
        record = {
            one.name: one.value(row)
            for one in self.fields_for(caller)
            if not names or one.name in names
        }
        return dict(plain_record(record))

    def path_of(self, key: object) -> str:
        """Where this API has a record: among a list, if it has no page of its own."""
        joint = "/" if self.admin.has_record_page else "?ids="
        return f"/api/staff/v1/{self.name}{joint}{key}"

    def may_read(self, caller: StaffCaller) -> bool:
        """Whether the caller may read these records."""
        return are_enough(caller.staff.all_permissions, self.needed)


@cache
def kinds_of(site: StaffSite) -> Mapping[str, RecordKind]:
    """All of a staff area, by name."""
    return {one.name: one for one in map(RecordKind, site.record_admins)}


@cache
def kind_of_model(site: StaffSite, model: type[Model]) -> RecordKind | None:
    """The kind whose records are rows of a model, if there is a list of such."""
    found = (one for one in kinds_of(site).values() if one.admin.model is model)
    return next(found, None)


def _described(field: RecordField, model: type[Model]) -> KindField:
    return KindField(
        field.name,
        str(field.label or field.name),
        field.value,
        _field_schema(field, model),
        field.order,
        field.permission,
        is_amount=isinstance(field, RecordAmount),
    )


def _field_schema(field: RecordField, model: type[Model]) -> Json:
    match field:
        case RecordAmount():
            return {"type": ["integer", "null"]}
        case RecordDay():
            return {"type": ["string", "null"], "format": "date"}
        case RecordInstant():
            return {"type": ["string", "null"], "format": "date-time"}
        case RecordSwitch():
            return {"type": ["boolean", "null"]}
        case RecordLink():
            return {}
        case _:
            source = field.source or field.name
            return _column_schema(model, source) if isinstance(source, str) else {}


_TYPES: tuple[tuple[type[Any], Json], ...] = (
    (models.BooleanField, {"type": ["boolean", "null"]}),
    (models.IntegerField, {"type": ["integer", "null"]}),
    (models.DateTimeField, {"type": ["string", "null"], "format": "date-time"}),
    (models.DateField, {"type": ["string", "null"], "format": "date"}),
    (models.CharField, {"type": ["string", "null"]}),
    (models.TextField, {"type": ["string", "null"]}),
)


def _column_schema(model: type[Model], source: str) -> Json:
    """The type of a column of its own; of what lies elsewhere or is worked out, any."""
    columns = {one.name: one for one in model._meta.concrete_fields}
    column = columns.get(source)
    return next((dict(schema) for kind, schema in _TYPES if isinstance(column, kind)), {})


def _pk_schema(model: type[Model]) -> Json:
    is_number = isinstance(model._meta.pk, models.IntegerField)
    return {"type": "integer" if is_number else "string"}


def _of_columns(admin: RecordAdmin) -> list[KindField]:
    """Of records that nobody has described yet: the columns of their pages that have names."""
    shown = [*admin.list_display, *(one for _title, part in admin.record_fieldsets for one in part)]
    found: dict[str, KindField] = {}
    for column in shown:
        if isinstance(column, Column) and isinstance(column.getter, str):
            name = column.getter.replace("__", "_")
            if name != "pk":
                found.setdefault(name, _of_column(name, column, admin.model))
    return list(found.values())


def _of_column(name: str, column: Column, model: type[Model]) -> KindField:
    def value(row: Any) -> Any:
        held = column.value(row)
        if isinstance(column, MoneyColumn):
            return None if held is None else Money(held, value_of(row, column.currency))
        if isinstance(column, LinkColumn):
            return None if held is None else str(column.text(held))
        return held if _is_plain(held) else str(held)

    assert isinstance(column.getter, str)
    schema = {} if isinstance(column, LinkColumn) else _column_schema(model, column.getter)
    order = getattr(column, "admin_order_field", "")
    return KindField(
        name,
        str(column.short_description),
        value,
        {"type": ["integer", "null"]} if isinstance(column, MoneyColumn) else schema,
        order if isinstance(order, str) else "",
        column.permission,
        is_amount=isinstance(column, MoneyColumn),
    )


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | date | datetime | list | dict | tuple)
