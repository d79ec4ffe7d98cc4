"""Selects and inputs are drawn without templates, and are what Django's own would be."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from commerce.portal.base.form_fields import FormRenderer

CHOICES: Any = [
    ("", "Choose & go"),
    ("<a>", "<b>bold</b>"),
    ('Group "1"', [("x", "X"), (2, "Two")]),
    (None, "None"),
    ("safe", mark_safe("a <i>word</i> &amp; more")),
]


class SelectForm(forms.Form):
    plain = forms.ChoiceField(choices=CHOICES, required=False)
    several = forms.MultipleChoiceField(choices=CHOICES)
    flag = forms.NullBooleanField()


@pytest.mark.parametrize(
    "data",
    [None, {}, {"plain": "<a>", "several": ["x", "2"], "flag": "true"}, {"plain": "none of them"}],
)
@pytest.mark.parametrize("name", list(SelectForm.base_fields))
def test_a_select_is_what_django_draws(data: dict[str, Any] | None, name: str) -> None:
    SelectForm.base_fields["plain"].widget.attrs = {"data-a": "<&\"'>", "hidden": True, "x": False}
    ours, theirs = (
        str(SelectForm(data, renderer=of())[name]) for of in (FormRenderer, DjangoTemplates)
    )
    assert parse_html(ours) == parse_html(theirs)
    assert "<b>" not in ours


@pytest.mark.parametrize("value", [None, "", "<b>\"'&", 0, 5, True, mark_safe("a &amp; b")])
@pytest.mark.parametrize(
    "widget",
    [
        *(forms.TextInput, forms.EmailInput, forms.NumberInput, forms.HiddenInput),
        *(forms.PasswordInput, forms.CheckboxInput),
    ],
)
def test_an_input_is_what_django_draws(widget: type[forms.Widget], value: Any) -> None:
    attrs = {"id": "<&", "required": True, "disabled": False, "title": gettext_lazy("Email")}
    ours, theirs = (
        widget(attrs).render("a<b", value, {"maxlength": 3}, renderer=of())
        for of in (FormRenderer, DjangoTemplates)
    )
    assert ours == theirs
    assert "<b>" not in ours
