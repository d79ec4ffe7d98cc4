"""The commands by which staff change what counts for a client."""

import pytest
from click.testing import CliRunner, Result

from commerce.billing.credit.actions import add_credit
from commerce.cli.root import commerce
from commerce.kit.context import SYSTEM, Context
from tests import make

pytestmark = pytest.mark.django_db
WHY = ("--reason", "asked")


def run(*words: object, typed: str = "") -> Result:
    return CliRunner().invoke(commerce, ["client", *map(str, words)], input=typed)


def test_suspended_and_open_again() -> None:
    client = make.make_client()
    assert "is suspended" in run("suspend", client.pk, *WHY).output
    again = run("suspend", client.pk, *WHY)
    assert (again.exit_code, "is suspended" in again.output) == (1, True)
    assert "is active" in run("reopen", client.email, *WHY).output


def test_closed_with_everything_after_a_question() -> None:
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=500, ctx=Context(make.AT, SYSTEM))
    service = make.make_service(client)
    refused = run("close", client.pk, *WHY)
    assert (refused.exit_code, "1 services" in refused.output) == (1, True)
    close = ("close", client.pk, *WHY, "--end-everything")
    assert run(*close, typed="n\n").exit_code == 1
    service.refresh_from_db()
    assert service.status == "active"
    assert "Credit to pay out: 5.00 EUR" in run(*close, typed="y\n").output
    client.refresh_from_db()
    assert client.status == "closed"


def test_exempt_through_a_day_and_taxed_again() -> None:
    client = make.make_client()
    exempt = ("exempt", client.pk, "--reason", "Embassy")
    assert "exempt from tax for good" in run(*exempt).output
    assert "through 2099-12-31" in run(*exempt, "--until", "2099-12-31").output
    client.refresh_from_db()
    assert (client.tax_exempt, client.tax_exempt_reason) == (True, "Embassy")
    assert "either" in run(*exempt, "--until", "2099-12-31", "--lift").output
    assert "is taxed" in run(*exempt, "--lift").output
    client.refresh_from_db()
    assert not client.tax_exempt


def test_dunning_off_and_on() -> None:
    client = make.make_client()
    for switch in ("off", "on"):
        assert f"is {switch}" in run("dunning", client.pk, switch, *WHY).output
        client.refresh_from_db()
        assert client.dunning == (switch == "on")
    assert run("dunning", client.pk, "off").exit_code == 2


def test_how_many_requests_its_tokens_may_make() -> None:
    client = make.make_client()
    change = ("change", client.pk, "--api-rate")
    said = run(*change, "120", "--company", "Acme").output
    assert "120 requests in 60 seconds" in said
    client.refresh_from_db()
    assert (client.api_rate, client.company) == (120, "Acme")
    for typed in ("0", "-1", "1_000", "1e2", "١٢", " 7", "1000001", "", "9" * 5000):
        answer = run(*change, typed, "--company", "Other")
        assert (answer.exit_code, "requests a minute" in answer.output) == (1, True), typed
    client.refresh_from_db()
    assert (client.api_rate, client.company) == (120, "Acme")
    assert "60 requests in 60 seconds" in run(*change, "default").output
    client.refresh_from_db()
    assert client.api_rate is None
