"""`commerce registrar`: settings without secrets on the screen, a test call, and prices beside costs."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.cli.root import commerce
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import RegistrarPrice
from commerce.domains.registrar_prices import compare_prices_daily
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings import current
from commerce.site_settings.actions import set_setting
from tests import make
from tests.cli.conftest import Run
from tests.make.nameservers import give_nameservers
from tests.make.sandbox import sandbox_registrar

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture(autouse=True)
def _sandbox(tmp_path: Path) -> Iterator[None]:
    with sandbox_registrar(tmp_path), clock.freeze_time(make.AT):
        yield


def read(run: Run, *words: object) -> Any:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def typed(*words: str, text: str) -> Result:
    """A command that reads a pipe."""
    return CliRunner().invoke(commerce, list(words), input=text)


def sell(tld: str, currency: str = "USD", **prices: int | None) -> None:
    give_nameservers()
    make.make_currency(currency)
    row = set_tld(tld=tld, ctx=CTX)
    set_tld_price(tld=row, currency_code=currency, **prices, ctx=CTX)


def test_registrars_are_listed_with_what_they_manage(run: Run) -> None:
    sell("com", register=1299, renew=1499)
    set_tld(tld="com", registrar="manual", ctx=CTX)
    make.make_domain()
    listed = {each["registrar"]: each for each in read(run, "registrar", "list")}
    assert listed["sandbox"]["default"]
    assert listed["sandbox"]["sandbox"]
    assert listed["manual"]["tlds"] == ["com"]
    done = run("registrar", "list")
    assert "sandbox: Nothing is really registered" in done.stderr


def test_a_new_address_forgets_the_secrets_and_says_so(run: Run) -> None:
    run("registrar", "set", "epp", "host", "epp.example.net")
    typed("registrar", "set", "epp", "password", text="EPP-PASS\n")
    same = run("registrar", "set", "epp", "host", "epp.example.net")
    assert "Deleted" not in same.stderr
    done = run("registrar", "set", "epp", "port", "7001")
    assert done.exit_code == 0
    assert "sent to a different address: registrar.epp.password. Set it again with" in done.stderr
    assert current.get_setting("registrar.epp.password") == ""
    for words in (
        ["set", "registrar.epp.host", "other.example.net"],
        ["reset", "registrar.epp.port"],
    ):
        typed("setting", "set", "registrar.epp.password", text="EPP-PASS\n")
        assert current.get_setting("registrar.epp.password") == "EPP-PASS"
        assert "registrar.epp.password" in run("setting", *words).stderr
        assert current.get_setting("registrar.epp.password") == ""


def test_a_registrar_shows_its_settings_and_what_it_can(run: Run) -> None:
    shown = read(run, "registrar", "show", "sandbox")
    assert {"price_list", "balance", "ds_records"} <= set(shown["capabilities"])
    assert "price_list" not in read(run, "registrar", "show", "manual")["capabilities"]
    fields = {each["field"]: each["value"] for each in shown["settings"]}
    assert fields == {"deposit": "1000.00", "outage": "off", "lose_answers": "off"}
    refused = run("registrar", "show", "nobody")
    assert (refused.exit_code, "Available registrars:" in refused.stderr) == (1, True)


def test_a_secret_is_no_argument_and_never_shown(run: Run) -> None:
    refused = run("registrar", "set", "resellerclub", "api_key", "s3cret-key")
    assert (refused.exit_code, "Omit VALUE for secrets" in refused.output) == (2, True)
    assert not current.get_setting("registrar.resellerclub.api_key")
    done = typed("registrar", "set", "resellerclub", "api_key", text="s3cret-key\n")
    assert (done.exit_code, done.output) == (0, "api_key of resellerclub is now set.\n")
    assert current.get_setting("registrar.resellerclub.api_key") == "s3cret-key"
    assert "s3cret-key" not in run("registrar", "show", "resellerclub").output
    cleared = run("registrar", "set", "resellerclub", "api_key", "--clear")
    assert cleared.exit_code == 0
    assert not current.get_setting("registrar.resellerclub.api_key")


def test_a_registrar_becomes_the_default_once_it_is_set_up(run: Run) -> None:
    refused = run("registrar", "set", "resellerclub", "--default")
    assert (refused.exit_code, "Missing:" in refused.stderr) == (1, True)
    assert current.get_setting("domains.registrar") == "sandbox"
    done = run("registrar", "set", "manual", "--default")
    assert done.stderr == "New domains are registered with manual.\n"
    assert current.get_setting("domains.registrar") == "manual"
    assert run("registrar", "set", "manual").exit_code == 2
    assert "none" in run("registrar", "set", "manual", "url", "x").stderr


def test_a_test_tells_the_balance_or_what_is_wrong(run: Run) -> None:
    assert "sandbox works. Balance: 1000.00 USD" in run("registrar", "test", "sandbox").stderr
    told = read(run, "registrar", "test", "sandbox")
    assert told == {"registrar": "sandbox", "balance": 100_000, "currency_code": "USD"}
    assert run("registrar", "test", "manual").stderr == "manual works.\n"
    run("registrar", "set", "sandbox", "outage", "on")
    failed = run("registrar", "test", "sandbox")
    assert (failed.exit_code, "doesn't answer" in failed.stderr) == (1, True)


def refresh(at: Any = make.AT) -> StepReport:
    report = StepReport("compare-registrar-prices", "compares")
    with clock.freeze_time(at):
        compare_prices_daily(RunDay(at.date(), at), report)
    return report


def test_prices_below_cost_are_named(run: Run) -> None:
    sell("com", register=1299, renew=1000, transfer=None, restore=8001)
    sell("net", register=1099, renew=1200)
    assert read(run, "registrar", "prices") == []
    assert refresh().outcome == "no changes"
    losses = read(run, "registrar", "prices", "--losses")
    assert [(each["tld"], each["operation"]) for each in losses] == [
        ("com", "renew"),
        ("net", "register"),
    ]
    assert losses[0]["cost"] == {"amount": 1050, "currency_code": "USD"}
    assert losses[0]["margin"] == {"amount": -50, "currency_code": "USD"}
    compared = {
        (each["tld"], each["operation"]): each["margin"]["amount"]
        for each in read(run, "registrar", "prices", "sandbox")
    }
    assert compared == {
        ("com", "register"): 349,
        ("com", "renew"): -50,
        ("com", "restore"): 1,
        ("net", "register"): -1,
        ("net", "renew"): 0,
    }
    assert "-0.01 USD" in run("registrar", "prices", "--losses").stdout


def test_a_cost_in_another_currency_is_converted(run: Run) -> None:
    """10.50 US dollars are 9.55 euros at 1.1; without a rate there is no margin, and no alarm."""
    sell("com", "EUR", renew=954)
    refresh()
    (row,) = read(run, "registrar", "prices")
    assert (row["margin"], row["below_cost"]) == (None, False)
    assert run("currency", "rate", "EUR", "--rate", "1.1").exit_code == 0
    (row,) = read(run, "registrar", "prices", "--losses")
    assert row["margin"] == {"amount": -1, "currency_code": "EUR"}


def test_each_change_of_a_price_list_is_kept_and_listed(run: Run) -> None:
    """The sandbox lowers the registration of .shop in the second half of a month."""
    sell("shop", register=400, renew=3700)
    first, second = make.AT.replace(day=1), make.AT.replace(day=16)
    refresh(first)
    refresh(first + timedelta(days=1))
    assert refresh(second).outcome == "1 prices changed"
    with clock.freeze_time(second):
        (change,) = read(run, "registrar", "prices", "--changes")
    assert (change["tld"], change["operation"]) == ("shop", "register")
    assert (change["old"]["amount"], change["new"]["amount"]) == (300, 150)
    with clock.freeze_time(second + timedelta(days=91)):
        assert read(run, "registrar", "prices", "--changes") == []
    assert RegistrarPrice.objects.current().filter(tld__tld="shop").count() == 4


def test_a_registrar_that_does_not_tell_is_an_error_of_the_run(run: Run) -> None:
    sell("com", register=1299, renew=1499)
    set_setting(key="registrar.sandbox.outage", value="on", ctx=CTX)
    report = refresh()
    assert [error["id"] for error in report.errors] == ["sandbox"]
    assert run("registrar", "prices", "--refresh").exit_code == 1
    set_setting(key="registrar.sandbox.outage", value="off", ctx=CTX)
    assert run("registrar", "prices", "--refresh").exit_code == 0
    assert RegistrarPrice.objects.count() == 4
