"""Custom fields: what they take, who may write them, and what of them can be changed (accounts.md 9, T9)."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.accounts.actions.clients import change_client
from commerce.accounts.actions.custom_fields import (
    change_custom_field,
    create_custom_field,
    delete_custom_field,
    set_custom_value,
)
from commerce.accounts.actions.custom_values import write_custom_values
from commerce.accounts.models import Client, CustomField, CustomValue
from commerce.accounts.rules import parse_custom_value
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests import make

CTX = Context(make.AT, SYSTEM)
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
    assert parse_custom_value(kind, TRADES, typed) == kept


@pytest.mark.django_db
def test_fields_are_made_one_after_the_other_and_listed_by_position() -> None:
    first, second = make.make_custom_field("B"), make.make_custom_field("A")
    assert (first.position, second.position) == (1, 2)
    change_custom_field(field=second, position=0, ctx=CTX)
    assert list(CustomField.objects.in_order()) == [second, first]
    assert AuditEntry.objects.get(action="custom_field.changed").after == {"position": 0}
    change_custom_field(field=second, position=0, ctx=CTX)
    assert AuditEntry.objects.filter(action="custom_field.changed").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [  # the first one is at fault
        {"name": " "},
        {"name": "x" * 101},
        {"name": "known"},
        {"type": "number"},
        {"options": [], "type": "dropdown"},
        {"options": ["A", " A"], "type": "dropdown"},
        {"options": [""], "type": "dropdown"},
        {"options": ["x" * 101], "type": "dropdown"},
        {"options": [str(n) for n in range(101)], "type": "dropdown"},
        {"options": ["A"], "type": "text"},
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
    with pytest.raises(BusinessError) as made:
        create_custom_field(**{"name": "New", "type": "text"} | wrong, ctx=CTX)
    with pytest.raises(BusinessError) as changed:
        change_custom_field(field=field, **wrong, ctx=CTX)
    assert made.value.field == changed.value.field == next(iter(wrong))
    assert CustomField.objects.count() == 2


@pytest.mark.django_db
def test_a_field_is_kept_as_it_was_wanted_up_to_its_limits() -> None:
    options = [str(n) * 33 for n in range(100, 199)] + ["x" * 100]
    field = create_custom_field(
        name=f" {'n' * 100} ", type="dropdown", options=[f" {one} " for one in options], ctx=CTX
    )
    field.refresh_from_db()
    assert (field.name, field.options) == ("n" * 100, options)
    for position in (0, 1_000_000):
        change_custom_field(field=field, position=position, name="N" * 100, ctx=CTX)
        assert field.position == position
    assert make.make_custom_field().position == 1_000_000  # none comes after the last
    made = AuditEntry.objects.filter(action="custom_field.created").earliest("pk")
    assert (made.record_kind, made.record_id, made.record_name) == (
        *("custom_field", field.pk, "n" * 100),
    )
    assert (made.after["type"], made.after["required"]) == ("dropdown", False)


@pytest.mark.django_db
def test_what_is_changed_of_a_field_or_value_is_of_no_other() -> None:
    clients = [make.make_client(), make.make_client()]
    fields = [make.make_custom_field("A"), make.make_custom_field("B")]
    for client in clients:
        change_client(client=client, custom={field.pk: "x" for field in fields}, ctx=CTX)
    change_client(client=clients[0], custom={fields[0].pk: "y", fields[1].pk: "x"}, ctx=CTX)
    set_custom_value(client=clients[1], field=fields[1], value="z", ctx=CTX)
    kept = CustomValue.objects.order_by("client_id", "field_id").values_list("value", flat=True)
    assert list(kept) == ["y", "x", "x", "z"]
    noted = AuditEntry.objects.filter(action="client.fields_changed").order_by("pk")
    assert [(one.client_id, one.before, one.after) for one in noted][2:] == [
        (clients[0].pk, {"A": "x"}, {"A": "y"}),
        (clients[1].pk, {"B": "x"}, {"B": "z"}),
    ]
    assert {(one.record_kind, one.record_name) for one in noted} == {("client", clients[0].name)}
    change_custom_field(field=fields[0], required=True, ctx=CTX)
    delete_custom_field(field=fields[0], ctx=CTX)
    assert CustomField.objects.get().required is False
    assert CustomValue.objects.count() == 2
    one = make.make_custom_field(type="dropdown", options=["A"], show_on_invoice=True)
    delete_custom_field(field=one, ctx=CTX)  # nobody has a value in it
    assert CustomField.objects.count() == 1


@pytest.mark.django_db
def test_an_entry_is_for_staff_if_one_of_its_fields_is() -> None:
    client = make.make_client()
    own, score = make.make_custom_field(), make.make_custom_field(admin_only=True)
    write_custom_values(Client.objects.get(), {own: "a", score: "b"}, ctx=CTX)
    assert AuditEntry.objects.get(action="client.fields_changed").staff_only
    assert not AuditEntry.objects.for_client(client).filter(action="client.fields_changed").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        ("checkbox", "perhaps", "Select yes or no for Trade."),
        ("date", "soon", "Enter a date such as 2026-12-31 for Trade."),
        ("dropdown", "Tinker", "Select one of these options for Trade: Baker, Smith & Co."),
        ("text", "x" * 256, "Shorten Trade to 255 characters or fewer."),
        ("textarea", "x" * 2001, "Shorten Trade to 2000 characters or fewer."),
    ],
)
def test_a_refused_answer_says_what_its_field_takes(kind: str, typed: str, words: str) -> None:
    options = TRADES if kind == "dropdown" else []
    field = make.make_custom_field("Trade", type=kind, options=options)
    client = make.make_client()
    for typed_by in (
        lambda: change_client(client=client, custom={field.pk: typed}, ctx=CTX),
        lambda: set_custom_value(client=client, field=field, value=typed, ctx=CTX),
    ):
        with pytest.raises(BusinessError) as refused:
            typed_by()
        assert (str(refused.value), refused.value.field) == (words, f"custom-{field.pk}")


@pytest.mark.django_db
def test_a_client_answers_and_each_change_is_audited() -> None:
    client, field = make.make_client(), make.make_custom_field("Order number")
    for text in ("PO 1", "PO 1 ", "PO 2", ""):
        change_client(client=client, custom={field.pk: text}, ctx=CTX)
    told = AuditEntry.objects.filter(action="client.fields_changed").order_by("pk")
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
        with pytest.raises(BusinessError) as refused:
            change_client(client=client, city="Oslo", custom=custom, ctx=CTX)
        assert refused.value.field in (f"custom-{day.pk}", f"custom-{box.pk}")
    client.refresh_from_db()
    assert client.city == "Bern"
    assert not CustomValue.objects.exists()


@pytest.mark.django_db
def test_t9_a_client_cannot_write_what_is_admin_only_and_staff_can() -> None:
    client, field = make.make_client(), make.make_custom_field("Score", admin_only=True)
    change_client(client=client, custom={field.pk: "the best", 999: "x"}, ctx=CTX)
    assert not CustomValue.objects.exists()
    set_custom_value(client=client, field=field, value="pays late", ctx=CTX)
    assert CustomValue.objects.get().value == "pays late"
    assert AuditEntry.objects.get(action="client.fields_changed").staff_only
    assert not AuditEntry.objects.for_client(client).filter(action="client.fields_changed").exists()


@pytest.mark.django_db
def test_while_values_exist_nothing_is_changed_that_would_break_or_open_them() -> None:
    client = make.make_client()
    trade = make.make_custom_field("Trade", type="dropdown", options=TRADES)
    score = make.make_custom_field("Score", admin_only=True)
    set_custom_value(client=client, field=trade, value="Baker", ctx=CTX)
    set_custom_value(client=client, field=score, value="pays late", ctx=CTX)
    for field, changes, named in (
        (trade, {"type": "text", "options": []}, "type"),
        (trade, {"options": ["Smith & Co"]}, "options"),
        (score, {"admin_only": False}, "admin_only"),
    ):
        with pytest.raises(BusinessError) as refused:
            change_custom_field(field=field, **changes, ctx=CTX)
        assert refused.value.field == named
    change_custom_field(field=score, position=9, ctx=CTX)
    change_custom_field(field=trade, options=["Baker", "Butcher"], ctx=CTX)
    for field in (trade, score):
        set_custom_value(client=client, field=field, value="", ctx=CTX)
    change_custom_field(field=trade, type="text", options=[], ctx=CTX)
    change_custom_field(field=score, admin_only=False, ctx=CTX)


@pytest.mark.django_db
def test_a_field_goes_with_its_values() -> None:
    client, field = make.make_client(), make.make_custom_field("Trade")
    set_custom_value(client=client, field=field, value="Baker", ctx=CTX)
    delete_custom_field(field=field, ctx=CTX)
    assert (CustomField.objects.count(), CustomValue.objects.count()) == (0, 0)
    assert AuditEntry.objects.get(action="custom_field.removed").before["values"] == 1
    with pytest.raises(BusinessError):
        set_custom_value(client=client, field=field, value="x", ctx=CTX)


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
