"""The commands by which staff see clients, and change what counts for them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.accounts.models import Client, CustomValue
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import add_credit
from commerce.catalog.actions.currencies import deactivate_currency
from commerce.cli.clients import compare
from commerce.cli.root import commerce
from commerce.kit.context import SYSTEM, Context
from tests import make

pytestmark = pytest.mark.django_db
WHY = ("--reason", "asked")


def run(*words: object, typed: str = "") -> Result:
    return CliRunner().invoke(commerce, ["client", *map(str, words)], input=typed)


def test_suspended_and_open_again() -> None:
    client = make.make_client()
    assert "Client suspended" in run("suspend", client.pk, *WHY).output
    again = run("suspend", client.pk, *WHY)
    assert (again.exit_code, "Only active clients can be suspended" in again.output) == (1, True)
    assert json.loads(run("reopen", client.email, *WHY, "--json").stdout)["status"] == "active"


def test_closed_with_everything_and_what_would_change_before() -> None:
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=500, ctx=Context(make.AT, SYSTEM))
    service = make.make_service(client)
    refused = run("close", client.pk, *WHY, "--yes")
    assert (refused.exit_code, "1 service" in refused.output) == (1, True)
    close = ("close", client.pk, *WHY, "--end-everything", "--yes")
    assert f"service:{service.pk}" in run(*close, "--dry-run").output
    service.refresh_from_db()
    assert service.status == "active"
    assert "Credit to pay out: €5.00" in run(*close).output
    client.refresh_from_db()
    assert client.status == "closed"


def test_exempt_through_a_day_and_taxed_again() -> None:
    client = make.make_client()
    exempt = ("exempt", client.pk, "--reason", "Embassy")
    assert run(*exempt, "--until", "2099-12-31").exit_code == 0
    client.refresh_from_db()
    assert f"{client.tax_exempt_until}" == "2099-12-31"
    assert run(*exempt).exit_code == 0
    client.refresh_from_db()
    assert (client.tax_exempt_reason, client.tax_exempt_until) == ("Embassy", None)
    assert "is no longer exempt from tax" in run("end-exemption", client.pk, *WHY).output
    client.refresh_from_db()
    assert not client.tax_exempt


def test_dunning_off_and_on() -> None:
    client = make.make_client()
    for switch in ("off", "on"):
        assert f"turned {switch}" in run(f"dunning-{switch}", client.pk, *WHY).output
        client.refresh_from_db()
        assert client.dunning == (switch == "on")
    assert run("dunning-off", client.pk).exit_code == 2


def test_how_many_requests_its_tokens_may_make() -> None:
    client = make.make_client()
    for typed, rate in (("120", 120), (None, None)):
        words = () if typed is None else ("--rate", typed)
        for command in ("api-rate", "api-write-rate"):
            assert run(command, client.pk, *words).exit_code == 0
        client.refresh_from_db()
        assert client.api_rate == client.api_write_rate == rate
    assert run("api-rate", client.pk, "--rate", "1_000").exit_code == 1


def listed(*words: object) -> list[int]:
    """The ids that a list has, in its order."""
    return [row["id"] for row in json.loads(run("list", "--json", *words).stdout)]


def test_the_list_has_the_newest_first_and_can_be_narrowed() -> None:
    acme = make.make_client(company="Acme Ltd", country="GB", currency_code="GBP")
    weber = make.make_client(first_name="Ute", last_name="Weber", email="ute@weber.example")
    run("suspend", weber.pk, *WHY)
    assert listed() == [weber.pk, acme.pk]
    assert listed("--limit", 1) == [weber.pk]
    for words in (
        *(("--status", "active"), ("--country", "gb"), ("--currency", "gbp")),
        *(("--search", "acme"), ("--search", "smith ACME")),
    ):
        assert listed(*words) == [acme.pk], words
    assert listed("--search", "UTE@") == [weber.pk]
    assert "No clients." in run("list", "--search", "acme weber").stderr
    first, *rows = run("list").stdout.splitlines()
    assert first.split()[:4] == ["ID", "NAME", "COMPANY", "EMAIL"]
    assert [row.split()[0] for row in rows] == [str(weber.pk), str(acme.pk)]


def shown(client: Client) -> Any:
    return json.loads(run("show", client.pk, "--json").stdout)


def test_one_is_shown_with_its_members_what_it_owes_and_its_credit() -> None:
    client = make.make_client(owner="alice@example.com")
    make.make_member(client, "bob@example.com")
    make.make_service(client)
    make.make_service(client, status="pending")
    make.make_token(client)
    owed = make.make_invoice(client).amount_due + make.make_invoice(client).amount_due
    make.make_invoice(make.make_client())
    add_credit(client=client, currency_code="EUR", amount=500, ctx=Context(make.AT, SYSTEM))
    told = shown(client)
    assert [(one["email"], one["role"]) for one in told["members"]] == [
        ("alice@example.com", "owner"),
        ("bob@example.com", "billing"),
    ]
    assert (told["services"], told["domains"]) == ({"active": 1, "pending": 1}, {})
    assert told["live_tokens"] == 1
    assert told["open_invoices"] == [{"invoices": 2, "amount_due": owed, "currency_code": "EUR"}]
    assert told["credit"] == [{"balance": 500, "currency_code": "EUR"}]
    assert "alice@example.com" in run("show", client.pk).stdout


def test_what_was_given_is_changed_and_nothing_else() -> None:
    make.make_currency("GBP")
    client = make.make_client(company="Acme", phone="1")
    done = run(
        *("change", client.pk, "--first-name", "Ada", "--email", "ada@example.com"),
        *("--phone", "+44 20 7946 0018", "--currency", "gbp"),
    )
    assert done.exit_code == 0, done.stderr
    client.refresh_from_db()
    assert (client.name, client.company, client.email) == ("Ada Smith", "Acme", "ada@example.com")
    assert (client.phone, client.currency_code) == ("+44 20 7946 0018", "GBP")
    entry = AuditEntry.objects.get(action="client.updated")
    assert (entry.actor_name, entry.before["currency_code"]) == ("commerce command", "EUR")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--email", "ada"), "valid email address"),
        (("--phone", "call me"), "only digits"),
        (("--last-name", " "), "This field is required."),
        (("--company", "x" * 201), "200 characters or fewer"),
        (("--currency", "XXX"), "hasn't been set up"),
        (("--currency", "KWD"), "KWD"),
        (("--country", "Germany"), "isn't a country code"),
        ((), "Specify what to change"),
    ],
)
def test_what_a_client_cannot_have_is_refused(words: tuple[str, ...], text: str) -> None:
    kwd = make.make_currency("KWD")
    deactivate_currency(currency=kwd, ctx=Context(make.AT, SYSTEM))
    client = make.make_client()
    done = run("change", client.pk, *words)
    assert (done.exit_code, text in done.stderr) == (1, True), done.stderr
    before = client.changed_at
    client.refresh_from_db()
    assert client.changed_at == before


def test_what_changed_since_a_backup_is_listed_with_what_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client = make.make_client(city="Leeds")
    field = make.make_custom_field()
    gone = CustomValue.objects.create(client=client, field=field, value="Blue")
    said = run("show", client.pk, "--everything").stdout

    @contextmanager
    def restored(_file: Path) -> Iterator[tuple[Any, Any]]:
        yield SimpleNamespace(made_at="last night"), SimpleNamespace(run=lambda *_words: said)

    monkeypatch.setattr(compare, "restored_backup", restored)
    (tmp_path / "backup").touch()
    words = ("compare", client.email, tmp_path / "backup")
    assert "No differences." in run(*words).output
    run("change", client.pk, "--city", "York")
    gone.delete()
    service = make.make_service(client)
    found = json.loads(run(*words, "--json").stdout)
    assert {
        "record": f"profile {client.pk}",
        "change": "changed",
        "field": "city",
        "backup": "Leeds",
        "today": "York",
    } in found
    changes = {(one["record"], one["change"]) for one in found}
    assert (f"services {service.pk}", "added") in changes
    assert {change for record, change in changes if record.startswith("custom_fields")} == {"gone"}
    gone_values = [one["backup"] for one in found if one["change"] == "gone"]
    assert "Blue" in gone_values
