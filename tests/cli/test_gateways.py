"""`commerce gateway`: settings without secrets on the screen, on and off, and what gateways told."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.cli.root import commerce
from commerce.kit import clock
from commerce.payments.gateways import registry
from commerce.payments.models import GatewayEvent, Payment
from commerce.site_settings import current
from tests import make
from tests.cli.conftest import Run
from tests.doubles.gateway import SECRET, FakeProvider
from tests.doubles.stripe import stripe_on, stripe_world
from tests.make.webhooks import deliver, work
from tests.payments.test_redirect import begin

pytestmark = pytest.mark.django_db


def typed(*words: str, text: str) -> Result:
    """A command that reads a pipe."""
    return CliRunner().invoke(commerce, list(words), input=text)


def read(run: Run, *words: object) -> Any:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_gateway_is_configured_tested_and_switched_on(run: Run, provider: FakeProvider) -> None:
    for words in ("disable", "set"):
        more = ("token", "--clear") if words == "set" else ()
        assert run("gateway", words, "fake", *more).exit_code == 0
    refused = run("gateway", "enable", "fake")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Error: Fake can't be turned on. Missing settings: Token.\n",
    )
    assert typed("gateway", "set", "fake", "token", text="wrong\n").exit_code == 0
    for words in ("test", "enable"):
        assert "The token is not right." in run("gateway", words, "fake").stderr
    assert not current.get_setting("gateway.fake.enabled")
    done = typed("gateway", "set", "fake", "token", text=f"{SECRET}\n")
    assert (done.exit_code, done.output) == (0, "token of fake is now set.\n")
    assert run("gateway", "test", "fake").stderr == "fake works.\n"
    done = run("gateway", "enable", "fake")
    assert "Webhooks go to https://localhost:8443/webhooks/fake" in done.stderr
    assert [each.slug for each in registry.offered_gateways("EUR", 1200)] == ["fake"]


@pytest.mark.usefixtures("provider")
def test_a_secret_is_no_argument(run: Run) -> None:
    """It would be in the shell's history and in the list of processes."""
    refused = run("gateway", "set", "fake", "token", "another")
    assert (refused.exit_code, "Omit VALUE for secrets" in refused.output) == (2, True)
    assert current.get_setting("gateway.fake.token") == SECRET


@pytest.mark.usefixtures("provider")
def test_an_empty_pipe_keeps_a_secret(run: Run) -> None:
    assert typed("gateway", "set", "fake", "token", text="").exit_code == 0
    assert current.get_setting("gateway.fake.token") == SECRET


def test_it_is_not_switched_on_while_the_provider_does_not_answer(
    run: Run, provider: FakeProvider
) -> None:
    run("gateway", "disable", "fake")
    for command in (
        ("gateway", "enable", "fake"),
        ("setting", "set", "gateway.fake.enabled", "on"),
    ):
        provider.silent.append("test")
        refused = run(*command)
        assert (refused.exit_code, "Fake isn't responding" in refused.stderr) == (1, True)
    assert not current.get_setting("gateway.fake.enabled")


@pytest.mark.usefixtures("provider")
def test_gateways_are_shown_without_their_secrets(run: Run) -> None:
    fake = next(row for row in read(run, "gateway", "list") if row["gateway"] == "fake")
    assert (fake["enabled"], fake["missing"], fake["flow"]) == (True, [], "redirect")
    bank = read(run, "gateway", "show", "bank_transfer")
    assert (bank["webhook_url"], bank["missing"]) == ("", ["account_name"])
    for words in (["show", "fake"], ["show", "fake", "--json"], ["list"]):
        text = run("gateway", *words).stdout
        assert SECRET not in text
    [token] = read(run, "gateway", "show", "fake")["settings"]
    assert (token["field"], token["value"], token["secret"]) == ("token", "set", True)
    run("gateway", "set", "fake", "token", "--clear")
    assert read(run, "gateway", "show", "fake")["settings"][0]["value"] == "not set"


def test_events_are_listed_and_run_again(run: Run, provider: FakeProvider) -> None:
    with clock.freeze_time(make.AT):
        reference = begin(make.make_invoice())[1].reference
        provider.pay(reference)
        assert deliver(provider.notice(reference)).status == 200
        assert deliver(({}, b'{"id":\x1b[2J\n"e-1", "of": "\xff"}')).status == 400
    [event] = read(run, "gateway", "events", "fake")
    assert (event["event_id"], event["status"]) == (f"e-{reference}", "received")
    assert read(run, "gateway", "events", "--state", "parked") == []
    [refused] = read(run, "gateway", "events", "--refused")
    assert (refused["address"], refused["reason"]) == ("203.0.113.9", "This message is not signed.")
    assert refused["kept_until"] == "2026-04-15T14:33:10Z"
    assert refused["body"] == '{"id":[2J\n"e-1", "of": "\ufffd"}'
    assert '{"id":[2J "e-1"' in run("gateway", "events", "--refused").stdout
    assert "already queued" in run("gateway", "retry", event["id"]).stderr
    work()
    assert run("gateway", "retry", event["id"]).exit_code == 0
    work()
    assert GatewayEvent.objects.get().status == "processed"
    assert Payment.objects.get().invoice.status == "paid"
    assert run("gateway", "events").stdout.count("processed") == 1


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            "show nope",
            "Gateway nope not found. Available gateways: stripe, mollie, paypal, bank_transfer, fake.",
        ),
        ("show manual", "Gateway manual not found."),
        ("set fake nope x", "nope isn't a setting of this gateway. Available settings: token."),
        ("retry 7", "Event 7 not found."),
        ("events nope", "Gateway nope not found."),
    ],
)
def test_what_there_is_not_is_said(run: Run, words: str, text: str) -> None:
    done = run("gateway", *words.split())
    assert (done.exit_code, text in done.stderr) == (1, True)


def test_test_mode_is_said_wherever_a_gateway_is_looked_at(run: Run) -> None:
    said = "stripe: Test mode: no money moves, but invoices are marked as paid.\n"
    assert said not in run("gateway", "list").stderr
    with stripe_world() as world, stripe_on(world):
        assert run("gateway", "list").stderr == said
        assert run("gateway", "show", "stripe").stderr == said
        assert said in run("gateway", "enable", "stripe").stderr
        assert [row["gateway"] for row in read(run, "gateway", "list") if row["test_mode"]] == [
            "stripe"
        ]
