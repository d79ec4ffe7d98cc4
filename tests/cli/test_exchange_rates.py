"""`commerce currency rates`, `fetch` and `confirm`."""

import json
from datetime import timedelta

import pytest

from commerce.kit import clock
from commerce.site_settings.current import business_date
from tests.cli.conftest import Run
from tests.doubles.ecb import RATES, reference_rates, serve_ecb
from tests.make import make_currency

pytestmark = pytest.mark.django_db


def test_rates_are_fetched_and_shown_with_source_and_age(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = business_date(clock.now())
    yesterday = today - timedelta(days=1)
    make_currency("GBP")
    make_currency("KWD")
    with serve_ecb(monkeypatch) as bank:
        bank.says(reference_rates(f"{yesterday}"))
        assert "set by hand" in run("currency", "fetch").stderr
        assert bank.asked == 0
        run("setting", "set", "tax.rate_source", "ecb")
        fetched = run("currency", "fetch").stderr
        assert f"Rates of {yesterday}. Updated: EUR, GBP." in fetched
        assert "Not published: KWD." in fetched
        bank.says(reference_rates(f"{today}", RATES | {"GBP": "0.5"}))
        assert "confirm`: GBP." in run("currency", "fetch").stderr
        bank.says(b"down", status=503)
        failed = run("currency", "fetch")
        assert (failed.exit_code, "status 503" in failed.stderr) == (1, True)
    euro, pound, dinar = json.loads(run("currency", "rates", "--json").stdout)
    assert euro == {
        "code": "EUR",
        "rate": "1.0815",
        "source": "ecb",
        "rate_on": f"{today}",
        "age_days": 0,
        "too_old": False,
        "held_rate": "",
        "held_on": None,
    }
    assert (pound["age_days"], pound["held_rate"], pound["held_on"]) == (1, "2.163", f"{today}")
    assert (dinar["rate"], dinar["source"], dinar["age_days"]) == ("", "", None)
    assert "exchange rate was saved" in run("currency", "confirm", "gbp").stderr
    assert "No published rate waits" in run("currency", "confirm", "gbp").stderr
    old = today - timedelta(days=8)
    run("currency", "rate", "KWD", "--rate", "3.3", "--on", old)
    dinar = json.loads(run("currency", "rates", "--json").stdout)[2]
    assert (dinar["source"], dinar["age_days"], dinar["too_old"]) == ("manual", 8, True)
