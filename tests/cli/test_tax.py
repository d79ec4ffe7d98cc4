"""`commerce tax rule` and `commerce vat`."""

import json

import pytest

from commerce.billing.tax.rate_text import format_rate, parse_rate
from commerce.kit.errors import BusinessError
from tests.cli.conftest import Run


@pytest.mark.django_db
def test_rules_are_added_and_listed(run: Run) -> None:
    add = ("tax", "rule", "add", "--country", "us", "--rate", "8.875", "--valid-from", "2026-01-01")
    assert run(*add, "--state", "New York").exit_code == 0
    again = run(*add, "--state", "New York")
    assert (again.exit_code, "already" in again.stderr) == (1, True)
    [listed] = json.loads(run("tax", "rule", "list", "--country", "US", "--json").stdout)
    said = [listed[name] for name in ("country", "state", "percent", "category", "valid_from")]
    assert said == ["US", "New York", "8.875", "S", "2026-01-01"]
    run("tax", "rule", "add", "--country", "us", "--rate", "9", "--valid-from", "2100-01-01")
    number = json.loads(run("tax", "rule", "list", "--country", "US", "--json").stdout)[0]["id"]
    removed = run("tax", "rule", "remove", number, "--yes")
    assert "The tax rule was deleted." in removed.stderr
    assert "not found" in run("tax", "rule", "remove", number, "--yes").stderr
    assert run("tax", "rule", "list", "--country", "DE").stdout == ""
    wrong = ("--country", "Germany", "--rate", "19", "--valid-from", "2026-01-01")
    assert "country" in run("tax", "rule", "add", *wrong).stderr


@pytest.mark.django_db
def test_staff_vouch_for_a_number(run: Run) -> None:
    run("setting", "set", "tax.vies_enabled", "off")
    run("setting", "set", "company.country", "IE")
    new = ("client", "create", "--owner", "a@example.com", "--first-name", "A", "--last-name", "B")
    made = run(*new, "--country", "SE", "--currency", "EUR", "--tax-id", "SE556677889901")
    client = made.stdout.strip()
    told = json.loads(run("vat", "show", client, "--json").stdout)
    said = [told[name] for name in ("hosting_percent", "category", "case")]
    assert said == ["0", "O", "eu_destination"]
    assert run("client", "mark-vat-valid", client, "--evidence", "seen").exit_code == 0
    told = json.loads(run("vat", "show", client, "--json").stdout)
    assert (told["category"], told["case"]) == ("AE", "reverse_charge")
    [check] = told["checks"]
    assert (check["number"], check["answer"], check["by_staff"]) == (
        "SE556677889901",
        "valid",
        True,
    )


@pytest.mark.parametrize(
    ("typed", "rate_milli"), [("19", 19_000), ("8.875", 8_875), ("0", 0), ("5.5%", 5_500)]
)
def test_percentages_are_exact(*, typed: str, rate_milli: int) -> None:
    assert parse_rate(typed) == rate_milli
    assert parse_rate(format_rate(rate_milli)) == rate_milli


@pytest.mark.parametrize("typed", ["", "a", "1.0001", "1/0", "nan", "inf"])
def test_what_is_no_percentage_is_refused(typed: str) -> None:
    with pytest.raises(BusinessError):
        parse_rate(typed)
