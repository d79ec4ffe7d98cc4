"""Custom fields: what they take, who may write them, and what of them can be changed (accounts.md 9, T9)."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.accounts.actions import (
    change_client,
    change_custom_field,
    create_custom_field,
    remove_custom_field,
    set_custom_value,
)
from commerce.accounts.models import Client, CustomField, CustomValue
from commerce.accounts.rules import custom_value
from commerce.audit.models import Entry
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from tests import make

SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
TRADES = ["Baker", "Smith & Co"]


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("text", "  two\nwords\x00 ", "two words"),
        ("text", "x" * 255, "x" * 255),
        ("text", "x" * 256, None),
        ("text", "Jose\u0301 \u202etxt", "Jos\xe9 txt"),
        ("textarea", " two\r\nlines ", "two\nlines"),
        ("textarea", "x" * 2001, None),
        ("dropdown", "Baker", "Baker"),
        ("dropdown", "baker", None),
        ("dropdown", "", ""),
        ("checkbox", "Yes", "yes"),
        ("checkbox", "no", ""),
        ("checkbox", "", ""),
        ("checkbox", "perhaps", None),
        ("date", "2028-02-29", "2028-02-29"),
        ("date", "2026-02-29", None),
        ("date", "29.02.2028", None),
        ("date", "20280229", None),
        ("date", "", ""),
    ],
)
def test_a_value_is_kept_as_its_type_wants_it_or_breaks_it(
    *, kind: str, typed: str, kept: str | None
) -> None:
    assert custom_value(kind, TRADES, typed) == kept


@pytest.mark.django_db
def test_fields_are_made_one_after_the_other_and_listed_by_position() -> None:
    first, second = make.make_custom_field("B"), make.make_custom_field("A")
    assert (first.position, second.position) == (1, 2)
    change_custom_field(field=second, position=0, **SAY)
    assert list(CustomField.objects.in_order()) == [second, first]
    assert Entry.objects.get(action="customfield.changed").after == {"position": 0}
    change_custom_field(field=second, position=0, **SAY)
    assert Entry.objects.filter(action="customfield.changed").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"name": "known"},
        {"type": "number"},
        {"type": "dropdown"},
        {"type": "dropdown", "options": ["A", " A"]},
        {"type": "dropdown", "options": [""]},
        {"type": "dropdown", "options": ["x" * 101]},
        {"type": "dropdown", "options": [str(n) for n in range(101)]},
        {"type": "text", "options": ["A"]},
        {"admin_only": True, "show_on_registration": True},
        {"admin_only": True, "show_on_order": True},
        {"admin_only": True, "show_on_invoice": True},
        {"position": -1},
        {"position": 1_000_001},
    ],
)
def test_what_does_not_fit_together_is_refused(wrong: dict[str, Any]) -> None:
    make.make_custom_field("Known")
    field = make.make_custom_field("Other")
    with pytest.raises(Refused):
        create_custom_field(**{"name": "New", "type": "text"} | wrong, **SAY)
    with pytest.raises(Refused):
        change_custom_field(field=field, **wrong, **SAY)
    assert CustomField.objects.count() == 2


@pytest.mark.django_db
def test_a_client_answers_and_each_change_is_audited() -> None:
    client, field = make.make_client(), make.make_custom_field("Order number")
    for text in ("PO 1", "PO 1 ", "PO 2", ""):
        change_client(client=client, custom={field.pk: text}, **SAY)
    told = Entry.objects.filter(action="client.fields_changed").order_by("pk")
    assert [(e.before, e.after, e.staff_only) for e in told] == [
        ({"Order number": ""}, {"Order number": "PO 1"}, False),
        ({"Order number": "PO 1"}, {"Order number": "PO 2"}, False),
        ({"Order number": "PO 2"}, {"Order number": ""}, False),
    ]
    assert not CustomValue.objects.exists()


@pytest.mark.django_db
def test_a_refused_answer_changes_nothing_of_the_client() -> None:
    client = make.make_client(city="Bern")
    day, box = make.make_custom_field("Day", type="date"), make.make_custom_field(required=True)
    for custom in ({day.pk: "soon"}, {box.pk: " "}, {day.pk: "2026-05-01", box.pk: ""}):
        with pytest.raises(Refused) as refused:
            change_client(client=client, city="Oslo", custom=custom, **SAY)
        assert refused.value.field in (f"custom-{day.pk}", f"custom-{box.pk}")
    client.refresh_from_db()
    assert client.city == "Bern"
    assert not CustomValue.objects.exists()


@pytest.mark.django_db
def test_t9_a_client_cannot_write_what_is_admin_only_and_staff_can() -> None:
    client, field = make.make_client(), make.make_custom_field("Score", admin_only=True)
    change_client(client=client, custom={field.pk: "the best", 999: "x"}, **SAY)
    assert not CustomValue.objects.exists()
    set_custom_value(client=client, field=field, value="pays late", **SAY)
    assert CustomValue.objects.get().value == "pays late"
    assert Entry.objects.get(action="client.fields_changed").staff_only
    assert not Entry.objects.for_client(client).filter(action="client.fields_changed").exists()


@pytest.mark.django_db
def test_while_values_exist_nothing_is_changed_that_would_break_or_open_them() -> None:
    client = make.make_client()
    trade = make.make_custom_field("Trade", type="dropdown", options=TRADES)
    score = make.make_custom_field("Score", admin_only=True)
    set_custom_value(client=client, field=trade, value="Baker", **SAY)
    set_custom_value(client=client, field=score, value="pays late", **SAY)
    for field, changes in (
        (trade, {"type": "text", "options": []}),
        (trade, {"options": ["Smith & Co"]}),
        (score, {"admin_only": False}),
    ):
        with pytest.raises(Refused):
            change_custom_field(field=field, **changes, **SAY)
    change_custom_field(field=trade, options=["Baker", "Butcher"], **SAY)
    for field in (trade, score):
        set_custom_value(client=client, field=field, value="", **SAY)
    change_custom_field(field=trade, type="text", options=[], **SAY)
    change_custom_field(field=score, admin_only=False, **SAY)


@pytest.mark.django_db
def test_a_field_goes_with_its_values_only_if_that_is_meant() -> None:
    client, field = make.make_client(), make.make_custom_field("Trade")
    set_custom_value(client=client, field=field, value="Baker", **SAY)
    with pytest.raises(Refused):
        remove_custom_field(field=field, **SAY)
    remove_custom_field(field=field, with_values=True, **SAY)
    assert (CustomField.objects.count(), CustomValue.objects.count()) == (0, 0)
    assert Entry.objects.get(action="customfield.removed").before["values"] == 1
    with pytest.raises(Refused):
        set_custom_value(client=client, field=field, value="x", **SAY)


@pytest.mark.django_db
def test_the_database_keeps_one_value_for_each_client_and_field() -> None:
    client, field = make.make_client(), make.make_custom_field("Trade")
    CustomValue.objects.create(client=client, field=field, value="a")
    for wrong in ({"value": "b"}, {"client": make.make_client(), "value": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CustomValue.objects.create(**{"client": client, "field": field} | wrong)
    for changes in ({"admin_only": True, "show_on_order": True}, {"type": "number"}, {"name": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CustomField.objects.filter(pk=field.pk).update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomField.objects.create(name="TRADE", type="text", position=1)
    assert Client.objects.count() == 2
