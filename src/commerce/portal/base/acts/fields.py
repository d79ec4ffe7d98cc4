"""Form fields made from the inputs of acts, for both areas: what they take and refuse stands there alone."""

from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from commerce.kit import clock
from commerce.kit.acts.act import Act, Parameter
from commerce.kit.acts.inputs import (
    Amount,
    Choice,
    Day,
    DecimalNumber,
    Flag,
    Input,
    Integer,
    Line,
    Percent,
    Reference,
    Secret,
    Text,
)
from commerce.kit.acts.lists import Many, References
from commerce.kit.acts.shown import Confirmed, Seen
from commerce.kit.errors import BusinessError
from commerce.portal.base.form_fields import GroupedTicks, PlainTextField, with_decimal_point
from commerce.presentation.formats import number_signs


class _UnrepeatedInput(forms.TextInput):
    """For a secret that is copied from elsewhere: seen while it is typed, and on no page again."""

    def format_value(self, value: Any) -> None:
        return None


def _secret_input(one: Any) -> forms.Widget:
    if one.is_visible:
        plain = {"autocapitalize": "none", "spellcheck": "false"}
        return _UnrepeatedInput(attrs={"autocomplete": "off", **plain})
    return forms.PasswordInput(attrs={"autocomplete": "off"})


_WIDGETS: tuple[tuple[type[Input] | UnionType, Callable[[Any], forms.Widget]], ...] = (
    (Secret, _secret_input),
    (Text, lambda one: forms.Textarea(attrs={"rows": 3 if one.most <= 1000 else 6})),
    (Line, lambda one: forms.TextInput(attrs={"maxlength": one.most})),
    (Integer, lambda one: forms.NumberInput(attrs={"min": one.least, "max": one.most})),
    (Day, lambda _one: forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})),
    (
        Amount | DecimalNumber | Percent,
        lambda _one: forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    ),
    (Input, lambda _one: forms.TextInput()),
)
"""The control of each kind of input: the first that fits."""

_DECIMALS = (Amount, DecimalNumber, Percent)
"""What is typed with the decimal sign of the reader's locale."""


class InputField(PlainTextField):
    """What is typed for an input, as its value; None for nothing."""

    def __init__(self, one: Input, record: Any, **options: Any) -> None:
        self.input, self.record = one, record
        widget = next(make for kind, make in _WIDGETS if isinstance(one, kind))(one)
        super().__init__(widget=widget, **options)

    def clean(self, value: Any) -> Any:
        typed = self.to_python(value)
        self.validate(typed)
        if not typed and not self.input.takes_empty:
            return None
        if isinstance(self.input, _DECIMALS):
            typed = with_decimal_point(typed)
        return _read(self.input.from_text, typed, self.record)

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        typed = self.input.to_text(value, self.record)
        if isinstance(self.input, _DECIMALS):
            return typed.replace(".", number_signs()[0])
        return typed


def act_field(parameter: Parameter, record: Any) -> forms.Field:
    """The field of one parameter for a record, with its value where it changes one."""
    one, options = parameter.input, _field_options(parameter, record)
    if isinstance(one, Flag):
        return forms.BooleanField(**options)
    if isinstance(one, Many):
        return _ticks_field(one, record, options)
    if isinstance(one, References):
        assert one.among is not None
        return forms.TypedMultipleChoiceField(
            choices=[(one.called(row), str(row)) for row in one.among()],
            coerce=lambda name: _read(one.find, name),
            empty_value=[],
            widget=forms.CheckboxSelectMultiple,
            **{**options, "initial": list(map(one.called, options["initial"] or ()))},
        )
    choices = None
    if isinstance(one, Choice):
        choices = one.choices(record)
    elif isinstance(one, Reference) and one.among is not None:
        own = options["initial"] = one.to_text(options["initial"], record)
        choices = [*(({own: own} if own else {}) | one.choices()).items()]
    if choices is None:
        return InputField(one, record, **options)
    if one.or_none or not options["initial"]:
        choices = [("", "–"), *choices]
    else:
        options["required"] = True  # something is always chosen
    return forms.TypedChoiceField(
        choices=choices,
        coerce=lambda typed: _read(one.from_text, typed, record),
        empty_value=None,
        **options,
    )


def _ticks_field(one: Many, record: Any, options: dict[str, Any]) -> forms.Field:
    if one.group_of:
        groups = one.groups(record)
        return forms.MultipleChoiceField(choices=groups, widget=GroupedTicks, **options)
    ticks = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(choices=one.choices(record), widget=ticks, **options)


def _field_options(parameter: Parameter, record: Any) -> dict[str, Any]:
    one = parameter.input
    stored = one.stored(record) if one.edits else None
    initial = stored if one.edits or parameter.is_required else parameter.default
    may_be_empty = one.takes_empty or one.or_none or isinstance(one, Flag)
    must_be_given = parameter.is_required or one.asked_if is not None or stored is not None
    return {
        "label": one.label_text(record),
        "help_text": one.about_text(record),
        "initial": one.proposed(record, clock.now()) if one.proposed else initial,
        "required": must_be_given and not may_be_empty,
    }


def _seen_field(one: Seen, record: Any, sent: str) -> forms.Field | None:
    """A choice of what is offered now; None where nothing is, and nothing was: the action says why."""
    offers = one.offers(record, now := clock.now())
    if not offers and not sent:
        return None
    usual, _words = one.meant(record, {}, now)
    return forms.TypedChoiceField(
        label=one.label_text(record),
        widget=forms.RadioSelect,
        choices=[(offer.key, words) for offer, words in offers.items()],
        coerce=lambda key: one.from_text(key, record),
        initial=one.to_text(usual, record),
        error_messages={"invalid_choice": str(BusinessError("input.offer_changed"))},
    )


def act_fields(
    act: Act[Any], record: Any, sent: Mapping[str, Any] | None = None
) -> dict[str, forms.Field]:
    """A field for each thing that the act asks of this record, by parameter; ``sent`` is what a form came with. What
    it needs to be sure of is the page's own.
    """
    fields = {}
    for name, parameter in act.parameters.items():
        one = parameter.input
        if isinstance(one, Confirmed) or (one.asked_if and not one.asked_if(record)):
            continue
        if isinstance(one, Seen):
            field = _seen_field(one, record, (sent or {}).get(name, ""))
        else:
            field = act_field(parameter, record)
        if field is not None:
            fields[name] = field
    return fields


def given_values(act: Act[Any], record: Any, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What the form gives the act: not what was left empty, nor what is as it was and may be left out."""
    values = {}
    for name, parameter in act.parameters.items():
        value = cleaned.get(name)
        edits = parameter.input.edits
        is_same = edits and not parameter.is_required and value == parameter.input.stored(record)
        if parameter.input.or_none or (value is not None and not is_same):
            values[name] = value
    return values


def _read(read: Any, *given: Any) -> Any:
    try:
        return read(*given)
    except BusinessError as error:
        raise ValidationError(str(error), code=error.code) from error
