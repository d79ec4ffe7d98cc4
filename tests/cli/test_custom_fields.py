"""`commerce field`: custom fields, and what staff write into them."""

import json

import pytest
from click.testing import CliRunner, Result

from commerce.accounts.models import CustomField, CustomValue
from commerce.cli.root import commerce
from tests import make

pytestmark = pytest.mark.django_db


def run(*words: object) -> Result:
    return CliRunner().invoke(commerce, ["field", *(str(word) for word in words)])


def test_fields_are_added_changed_listed_and_removed() -> None:
    trade = ("--type", "dropdown", "--options", "Baker", "--options", "Smith & Co")
    assert "created" in run("new", "--name", "Trade", *trade, "--required").stderr
    shown = ("--show-on-order", "--show-on-invoice", "--show-on-registration")
    run("new", "--name", "Order number", *shown, "--position", 0)
    first, second = json.loads(run("list", "--json").stdout)
    assert (first["name"], first["type"], first["values"]) == ("Order number", "text", 0)
    assert [first[f"on_{where}"] for where in ("registration", "order", "invoice")] == [True] * 3
    assert (second["required"], second["options"]) == (True, ["Baker", "Smith & Co"])
    assert "dropdown  Baker, Smith & Co  yes" in run("list").stdout
    run("edit", "order number", "--name", "PO", "--show-on-order", "off", "--required", "on")
    field = CustomField.objects.get(name="PO")
    assert (field.show_on_order, field.show_on_invoice, field.required) == (False, True, True)
    run("edit", "trade", "--type", "text", "--required", "off")
    row = CustomField.objects.get(name="Trade")
    assert (row.type, row.options, row.required) == ("text", [], False)
    assert run("delete", "Trade", "--yes").exit_code == 0
    assert CustomField.objects.count() == 1


def test_staff_write_values_also_of_admin_only_fields() -> None:
    client = make.make_client()
    run("new", "--name", "Score", "--admin-only")
    assert "is now pays late" in run("set", client.pk, "score", "pays late").stderr
    assert json.loads(run("show", client.email, "--json").stdout) == [
        {"name": "Score", "value": "pays late", "admin_only": True}
    ]
    assert "The answer of 1 client is deleted with it." in run("delete", "Score").stderr
    run("set", client.pk, "Score", "")
    assert not CustomValue.objects.exists()
    run("set", client.pk, "Score", "again")
    assert run("delete", "Score", "--yes").exit_code == 0


def test_what_is_wrong_is_said() -> None:
    client = make.make_client()
    run("new", "--name", "Since", "--type", "date")
    for said, words in (
        ("commerce field list", ("set", client.pk, "nothing", "x")),
        ("No client with", ("set", client.pk + 99, "Since", "x")),
        ("Enter a date such as 2026-12-31 for", ("set", client.pk, "Since", "tomorrow")),
        (
            "A staff-only field can't be shown at registration, on orders, or on invoices",
            ("new", "--name", "Inner", "--admin-only", "--show-on-order"),
        ),
        ("already", ("new", "--name", "SINCE")),
        ("Only dropdown fields have options", ("edit", "Since", "--options", "x")),
    ):
        done = run(*words)
        assert (done.exit_code, said in done.stderr) == (1, True), done.stderr
