"""Values of records as lists, records and exports show them: each with its words, translated.

A column stands in ``list_display``, in the ``fieldsets`` of a record, and in a ``Panel`` alike.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from commerce.backoffice.base.access import may
from commerce.backoffice.base.pages import Text
from commerce.kit.money import Money
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day, format_instant
from commerce.presentation.labels import STATUS_LABELS, status_labels
from commerce.presentation.records import (
    STATUS,
    RecordAmount,
    RecordChoice,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordLink,
    RecordStatus,
    RecordSwitch,
    Source,
    value_of,
)


class Column:
    """A value of a record: ``getter`` is a field (``client__email`` follows relations) or a function of the record.

    ``name`` is what addresses call it. ``order`` names the fields by which a list is sorted when its head is pressed,
    where ``getter`` is none, as does ``reads``. ``permission``: who may not have it does not see the column. ``export``
    gives what a CSV file has in its place.
    """

    do_not_call_in_templates = True
    is_state = False
    """Whether it is the state of its record."""

    def __init__(
        self,
        label: Text,
        getter: Source,
        *,
        name: str = "",
        order: str = "",
        reads: str = "",
        permission: str | None = None,
        export: Callable[[Any], Any] | None = None,
        show: Callable[[Any], Any] | None = None,
    ) -> None:
        self.short_description = label
        self.getter = getter
        self.permission = permission
        self.order, self.reads, self._name = order, reads, name
        self.__name__ = getter if isinstance(getter, str) else "column"  # Django's lists ask for it
        self._show, self._export = show or _plain, export

    @cached_property
    def name(self) -> str:
        """What addresses call it: of a function without a name its label, in our own words."""
        if self._name or isinstance(self.getter, str):
            return self._name or str(self.getter)
        with override("en"):
            return slugify(str(self.short_description))

    def value(self, record: Any) -> Any:
        """The value itself."""
        return value_of(record, self.getter)

    def __call__(self, record: Any) -> Any:
        """The value as a page shows it."""
        value = self.value(record)
        return "–" if value is None or value == "" else self._show(value)

    def plain(self, record: Any) -> Any:
        """The same within a link: without one of its own."""
        return self(record)

    def exported_as(self) -> list[tuple[Text, Callable[[Any], Any]]]:
        """Head and value of each column of a file: instants are UTC, days ISO."""
        return [(self.short_description, self._export or self._for_file)]

    def _for_file(self, record: Any) -> Any:
        value = self.value(record)
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        return value


def _plain(value: Any) -> Any:
    return value


def unbroken(text: str) -> SafeString:
    """A text that stays on one line: a day, an amount."""
    return format_html('<span class="is-short">{}</span>', text)


def day_column(label: Text, getter: Source, **options: Any) -> Column:
    """A day, as the reader's locale writes it."""
    return Column(label, getter, show=lambda value: unbroken(format_day(value)), **options)


def instant_column(label: Text, getter: Source, **options: Any) -> Column:
    """An instant, in the reader's zone."""
    return Column(label, getter, show=format_instant, **options)


def choice_column(label: Text, getter: Source, labels: Callable[[], Any], **options: Any) -> Column:
    """A state or kind, in words; ``labels`` gives the text of each value."""

    def show(value: Any) -> Any:
        return labels().get(value, value)

    return Column(label, getter, show=show, **options)


type Fieldset = tuple[Text, Sequence[Column]]
"""A part of a record's page: its title, and its values."""

BADGE_TONES = ("success", "info", "warning", "danger", "neutral")


def badge_column(
    label: Text, getter: Source, labels: Callable[[], Any], tones: Mapping[Any, str], **options: Any
) -> Column:
    """A state as a badge; ``tones`` gives one of ``BADGE_TONES`` by value, neutral for the others."""

    def show(value: Any) -> SafeString:
        tone = tones.get(value, "neutral")
        return format_html('<span class="badge-{}">{}</span>', tone, labels().get(value, value))

    column = Column(label, getter, show=show, **options)
    column.is_state = True
    return column


_TONES = {
    "green": "success",
    "blue": "info",
    "yellow": "warning",
    "orange": "warning",
    "red": "danger",
}


def status_column(
    kind: str, getter: Source = "status", label: Text = STATUS, **options: Any
) -> Column:
    """The state of a record of this kind, in the words and colors that clients know it by; ``getter`` says where a
    record has it.
    """
    words = STATUS_LABELS[kind]
    tones = {value: _TONES[color] for value, (_text, color) in words.items() if color in _TONES}
    return badge_column(label, getter, lambda: status_labels(kind), tones, **options)


class MoneyColumn(Column):
    """An amount in minor units, in the currency of its record. ``adds_up``: several make a sum that means something."""

    def __init__(
        self,
        label: Text,
        getter: Source,
        currency: Source = "currency_code",
        *,
        adds_up: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(label, getter, **options)
        self.currency, self.adds_up = currency, adds_up

    def __call__(self, record: Any) -> Any:
        amount = self.value(record)
        if amount is None:
            return "–"
        return unbroken(format_money(amount, value_of(record, self.currency)))

    def exported_as(self) -> list[tuple[Text, Callable[[Any], Any]]]:
        """The exact amount, and its currency beside it."""
        return [
            (self.short_description, self._decimal),
            (_("Currency"), lambda record: value_of(record, self.currency)),
        ]

    def _decimal(self, record: Any) -> Any:
        amount = self.value(record)
        return (
            None
            if amount is None
            else str(Money(amount, value_of(record, self.currency)).decimal())
        )


class LinkColumn(Column):
    """Another record, with a link to its page where it has one; ``text`` says what it is called."""

    def __init__(
        self, label: Text, getter: Source, text: Callable[[Any], Any] = str, **options: Any
    ) -> None:
        super().__init__(label, getter, export=self._text, **options)
        self.text = text

    def _text(self, row: Any) -> str:
        found = self.value(row)
        return "" if found is None else str(self.text(found))

    def plain(self, record: Any) -> Any:
        return self._text(record) or "–"

    def __call__(self, record: Any) -> Any:
        found = self.value(record)
        if found is None:
            return "–"
        name = f"admin:{found._meta.app_label}_{found._meta.model_name}_change"
        try:
            url = reverse(name, args=[found.pk])
        except NoReverseMatch:
            return self.text(found)
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
            url,
            self.text(found),
        )


def columns_of(fields: RecordFields, names: str) -> tuple[Column, ...]:
    """The columns of these fields of a kind of record; blanks part their names."""
    return tuple(map(_column_of, fields.named(names)))


def all_fieldsets(
    named: Sequence[Fieldset], listed: Sequence[Any], fields: RecordFields | None
) -> Sequence[Fieldset]:
    """These parts of a record's page; the first ends with the fields that have a label and stand neither in one of them
    nor in the list.
    """
    if not named or fields is None:
        return named
    columns = [*listed, *(column for _title, part in named for column in part)]
    labels = {str(getattr(column, "short_description", "")) for column in columns}
    left = [field for field in fields.fields if field.label and str(field.label) not in labels]
    (title, first), *others = named
    return ((title, (*first, *map(_column_of, left))), *others)


def _column_of(field: RecordField) -> Column:
    label, source = field.label, field.source or field.name
    more: dict[str, Any] = {
        "name": field.name,
        "order": field.order,
        "permission": field.permission,
    }
    match field:
        case RecordAmount():
            column: Column = MoneyColumn(
                label, source, field.currency, adds_up=field.adds_up, **more
            )
        case RecordDay():
            column = day_column(label, source, **more)
        case RecordInstant():
            column = instant_column(label, source, **more)
        case RecordStatus():
            column = status_column(field.of, source, label, **more)
        case RecordChoice():
            column = choice_column(label, source, lambda: field.labels, **more)
        case RecordSwitch():
            column = Column(label, source, show=on_or_off, **more)
        case RecordLink():
            column = LinkColumn(label, source, field.text, **more)
        case _:
            column = Column(label, source, show=field.show, reads=field.reads, **more)
    return column


def is_shown(request: HttpRequest, column: Any) -> bool:
    """Whether the person of this request sees a column."""
    permission = getattr(column, "permission", None)
    return permission is None or may(request, permission)


def on_or_off(value: object) -> str:
    """A switch, in words."""
    return _t("On") if value else _t("Off")


def plain_percent(value: int, of: int = 100) -> str:
    """A percentage for a file, from so many parts of a percent: ``12.5``."""
    return f"{(Decimal(value) / of).normalize():f}"


def days(value: date | None) -> str:
    """A day for a text of a page; a dash without one."""
    return format_day(value) if value else "–"
