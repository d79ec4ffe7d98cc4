"""The language of templates: what it can, and that hostile text is never more than text (invariant X10)."""

import contextlib
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.kit.errors import BusinessError
from commerce.mail.template_language import (
    MAX_TEMPLATE_LENGTH,
    parse_checked_template,
    parse_template,
    render_parts,
)

HOSTILE = [
    "{{ 7*7 }}",
    "{{settings.SECRET_KEY}}",
    "{% debug %}",
    "{% include '/etc/passwd' %}",
    "{% load log %}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{0.__class__}",
    "{name.__class__.__mro__}",
    "{name!r}",
    "{name:>30}",
    "{name|safe}",
    "{name()}",
    "{self.__init__.__globals__}",
    "{#name.x}a{/name.x}",
    "{ name }",
    "{NAME}",
    "{",
    "}",
    "{}",
    "{#}",
    "{/}",
    "{#{name}}",
    "{'a': 1}",
    "`id`",
    "$(id)",
    "\x00{\x00name}",
    "{name\n}",
]


def shown(source: str, **values: object) -> str:
    return render_parts(parse_template(source), values)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Dear {name}!", "Dear Ann!"),
        ("{name}{name}", "AnnAnn"),
        ("{unknown}", ""),
        ("{#name}yes {name}{/name}", "yes Ann"),
        ("{#empty}yes{/empty}", ""),
        ("{#none}yes{/none}", ""),
        ("{#no}yes{/no}", ""),
        ("{#zero}{zero}{/zero}", "0"),
        ("{#items}{description}={amount};{/items}", "a=1;b=2;"),
        ("{#list}<{list}>{/list}", "<x><y>"),
        ("{list}", "x, y"),
        ("{#none}a{/none}{#name}b{#items}{name}{description}{/items}{/name}", "bAnnaAnnb"),
        ("{#nothing}a{/nothing}", ""),
    ],
)
def test_variables_and_blocks(source: str, expected: str) -> None:
    items = [{"description": "a", "amount": "1"}, {"description": "b", "amount": "2"}]
    told = {"name": "Ann", "empty": "", "none": None, "no": False, "zero": 0, "nothing": []}
    assert shown(source, **told, items=items, list=["x", "y"]) == expected


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_templates_give_text_or_a_refusal(source: str) -> None:
    told = {"name": "Ann", "settings": "never"}
    plain = shown(source, **told)
    assert "49" not in plain
    assert "class" not in plain or plain == source
    assert plain.replace("Ann", "{name}") == source
    with contextlib.suppress(BusinessError):
        assert render_parts(parse_checked_template(source, ["name"]), told) == plain


@pytest.mark.parametrize("source", ["{name.x}", "{name|safe}", "{ name }", "{#name.x}", "{Name}"])
def test_what_looks_like_a_placeholder_and_is_none_is_refused_when_saved(source: str) -> None:
    with pytest.raises(BusinessError, match=r"Available variables: name, other\."):
        parse_checked_template(source, ["name", "other"])


@pytest.mark.parametrize("value", [*HOSTILE, "{name}", "{#name}x{/name}", "{secret}"])
def test_values_are_never_read_as_templates(value: str) -> None:
    assert shown("a {name} b", name=value, secret="s3cret") == f"a {value} b"
    assert shown("{#name}{name}{/name}", name=value, secret="s3cret") == value
    assert shown("{#items}{items}{/items}", items=[value], secret="s3cret") == value


@pytest.mark.parametrize(
    "source",
    [
        "{#a}",
        "{/a}",
        "{#a}{#b}{/a}{/b}",
        "{#a}{#a}{/a}{/a}",
        "{#a}{#b}{#c}{#d}{/d}{/c}{/b}{/a}",
        "x" * (MAX_TEMPLATE_LENGTH + 1),
    ],
)
def test_blocks_that_do_not_fit_are_refused(source: str) -> None:
    with pytest.raises(BusinessError):
        parse_template(source)


@given(st.text(), st.text())
def test_any_text_comes_out_escaped_once(source: str, value: str) -> None:
    whole = render_parts(parse_template("<b>{name}</b>"), {"name": value}, escape)
    assert whole == f"<b>{escape(value)}</b>"
    try:
        parts = parse_checked_template(source, [])
    except BusinessError:
        return
    assert render_parts(parts, {"name": value}) == source
