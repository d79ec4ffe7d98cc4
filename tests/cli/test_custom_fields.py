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
    trade = ("--type", "dropdown", "--option", "Baker", "--option", "Smith & Co")
    assert "Trade (dropdown, required)" in run("add", "Trade", *trade, "--required").stderr
    run("add", "Order number", "--on-order", "--on-invoice", "--on-registration", "--position", 0)
    first, second = json.loads(run("list", "--json").stdout)
    assert (first["name"], first["type"], first["values"]) == ("Order number", "text", 0)
    assert [first[f"on_{where}"] for where in ("registration", "order", "invoice")] == [True] * 3
    assert (second["required"], second["options"]) == (True, ["Baker", "Smith & Co"])
    assert "dropdown  Baker, Smith & Co  yes" in run("list").stdout
    run("change", "order number", "--name", "PO", "--not-on-order", "--required")
    field = CustomField.objects.get(name="PO")
    assert (field.show_on_order, field.show_on_invoice, field.required) == (False, True, True)
    run("change", "trade", "--type", "text", "--optional")
    row = CustomField.objects.get(name="Trade")
    assert (row.type, row.options, row.required) == ("text", [], False)
    assert run("remove", "Trade").exit_code == 0
    assert CustomField.objects.count() == 1


def test_staff_write_values_also_of_admin_only_fields() -> None:
    client = make.make_client()
    run("add", "Score", "--admin-only")
    assert "is now pays late" in run("set", client.pk, "score", "pays late").stderr
    assert json.loads(run("show", client.email, "--json").stdout) == [
        {"name": "Score", "value": "pays late", "admin_only": True}
    ]
    assert "To delete the field, delete its values with it" in run("remove", "Score").stderr
    run("set", client.pk, "Score", "")
    assert not CustomValue.objects.exists()
    run("set", client.pk, "Score", "again")
    assert run("remove", "Score", "--with-values").exit_code == 0


def test_what_is_wrong_is_said() -> None:
    client = make.make_client()
    run("add", "Since", "--type", "date")
    for said, words in (
        ("commerce field list", ("set", client.pk, "nothing", "x")),
        ("No client with", ("set", client.pk + 99, "Since", "x")),
        ("Enter a date such as 2026-12-31 for", ("set", client.pk, "Since", "tomorrow")),
        (
            "A staff-only field can't be shown at registration, on orders, or on invoices",
            ("add", "Inner", "--admin-only", "--on-order"),
        ),
        ("already", ("add", "SINCE")),
        ("Specify what to change", ("change", "Since")),
        ("Only dropdown fields have options", ("change", "Since", "--option", "x")),
    ):
        done = run(*words)
        assert (done.exit_code, said in done.stderr) == (1, True), done.stderr
