"""The select of countries is drawn without templates, and is what Django's own would be."""

from typing import Any

import pytest
from django import forms
from django.test.html import parse_html
from django.utils.safestring import mark_safe

from commerce.portal.base.form_fields import CountrySelect

CHOICES: Any = [
    ("", "Choose & go"),
    ("<a>", "<b>bold</b>"),
    ('Group "1"', [("x", "X"), (2, "Two")]),
    (None, "None"),
    ("safe", mark_safe("a <i>word</i> &amp; more")),
]


@pytest.mark.parametrize("value", [None, "", "<a>", "none of them"])
def test_a_select_is_what_django_draws(value: str | None) -> None:
    attrs = {"data-a": "<&\"'>", "hidden": True, "x": False}
    ours, theirs = (
        of(attrs, CHOICES).render("country", value, {"id": "<&"})
        for of in (CountrySelect, forms.Select)
    )
    assert parse_html(ours) == parse_html(theirs)
    assert "<b>" not in ours
