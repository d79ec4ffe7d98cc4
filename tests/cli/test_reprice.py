"""`commerce reprice`."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.billing.models import PriceChange
from commerce.cli.root import commerce
from commerce.hosting.models import Service
from commerce.kit import clock
from tests import make
from tests.make.repricing import make_service_with_dearer_product, make_tld, set_product_price

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Any:
    with clock.freeze_time(make.AT):
        yield


def run(*words: object) -> Result:
    return CliRunner().invoke(commerce, ["reprice", *(str(word) for word in words)])


def test_a_preview_changes_nothing_and_applying_twice_announces_once() -> None:
    service, other = make_service_with_dearer_product(label="Shop"), make.make_service()
    preview = run("services", "--all")
    assert preview.exit_code == 0
    assert (
        f"service {service.pk}  client {service.client_id}  Shop, monthly"
        "  5.00 EUR → 9.00 EUR from 2026-05-08" in preview.stdout
    )
    assert "together 1 in EUR, monthly: 5.00 EUR → 9.00 EUR (+4.00 EUR)" in preview.stdout
    assert f"1 skipped ({other.pk}): The price is already this amount." in preview.stdout
    assert "nothing is written without --apply" in preview.stderr
    assert not PriceChange.objects.exists()
    applied = run("services", "--all", "--apply", "--reason", "power")
    assert (applied.stdout, PriceChange.objects.get().reason) == (preview.stdout, "power")
    again = run("services", "--all", "--apply")
    assert "2 left out" not in again.stdout
    assert "A change to this price from 2026-05-08 has already been announced." in again.stdout
    assert PriceChange.objects.count() == 1


def test_json_has_sums_for_each_currency_and_cycle() -> None:
    make.make_currency("KWD")
    one, year = (
        make_service_with_dearer_product(),
        make_service_with_dearer_product(amount=5000, billing_cycle="annually", price=4000),
    )
    dinars = make_service_with_dearer_product(currency_code="KWD")
    told = json.loads(run("services", "--all", "--json").stdout)
    assert [row["id"] for row in told["changes"]] == [one.pk, year.pk, dinars.pk]
    assert told["totals"] == [
        {
            "currency_code": code,
            "charged": cycle,
            "number": 1,
            "old_amount": old,
            "new_amount": new,
        }
        for code, cycle, old, new in (
            ("EUR", "annually", 5000, 4000),
            ("EUR", "monthly", 500, 900),
            ("KWD", "monthly", 500, 900),
        )
    ]
    assert (told["applied"], told["left_out"], told["errors"]) == (False, [], [])


def test_services_are_chosen() -> None:
    one, year = (
        make_service_with_dearer_product(),
        make_service_with_dearer_product(billing_cycle="annually", amount=5000),
    )
    make.make_currency("KWD")
    dinars = make_service_with_dearer_product(currency_code="KWD")
    for words, chosen in (
        (("--product", one.product.slug), [one]),
        (("--cycle", "annually"), [year]),
        (("--cycle", "annually", "--cycle", "monthly", "--currency", "eur"), [one, year]),
        (("--currency", "kwd"), [dinars]),
        (("--client", one.client_id, "--client", year.client_id), [one, year]),
        (("--service", dinars.pk), [dinars]),
    ):
        told = json.loads(run("services", *words, "--json").stdout)
        assert [row["id"] for row in told["changes"]] == [row.pk for row in chosen]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("services",), "Specify which services to reprice, or --all."),
        (("domains", "--apply"), "Specify which domains to reprice, or --all."),
        (("services", "--service", 99), "Nothing active matches --service 99."),
        (("services", "--product", "nothing"), "Product nothing not found"),
        (("services", "--currency", "XXX"), "XXX hasn't been set up"),
        (("domains", "--tld", ".none"), "Nothing active matches --tld none."),
        (("domains", "--domain", "no.example"), "Nothing active matches --domain no.example."),
        (("withdraw", 9, "--reason", "x"), "Price change 9 not found."),
    ],
)
def test_what_is_mistyped_is_said(words: tuple[object, ...], text: str) -> None:
    refused = run(*words)
    assert (refused.exit_code, text in refused.output) == (1, True)


def test_domains() -> None:
    make_tld()
    domain, other = make.make_domain(), make.make_domain(recurring_amount=1500)
    shown = run("domains", "--tld", ".example", "--apply").stdout
    assert f"{domain.domain_name}, annually  12.00 EUR → 15.00 EUR from 2027-04-08" in shown
    assert f"1 skipped ({other.pk})" in shown
    assert PriceChange.objects.get().domain == domain


def test_announced_prices_are_listed_replaced_and_dropped() -> None:
    service = make_service_with_dearer_product(label="Shop")
    run("services", "--all", "--apply")
    set_product_price(service.product, 800)
    shown = run("services", "--service", service.pk, "--apply").stdout
    assert "→ 8.00 EUR from 2026-05-08, in place of 9.00 EUR from 2026-05-08" in shown
    change = PriceChange.objects.get(status="planned")
    listed = run("list", "--client", service.client_id).stdout
    assert f"{change.pk}   planned" in listed
    assert "Shop  5.00 EUR    8.00 EUR    2026-05-08" in listed
    [told] = json.loads(run("list", "--client", service.client_id, "--json").stdout)
    assert (told["old_amount"], told["new_amount"], told["currency_code"]) == (500, 800, "EUR")
    assert "9.00 EUR" in run("list", "--status", "dropped").stdout
    assert "Withdrew the price change" in run("withdraw", change.pk, "--reason", "mistyped").stderr
    assert "was withdrawn" in run("withdraw", change.pk, "--reason", "again").output
    assert run("list").stdout == ""


def test_a_price_that_is_back_where_it_was_says_so() -> None:
    service = make_service_with_dearer_product(label="Shop")
    run("services", "--all", "--apply")
    set_product_price(service.product, 500)
    shown = run("services", "--all", "--apply").stdout
    assert "stays at 5.00 EUR, in place of 9.00 EUR from 2026-05-08" in shown
    assert "together" not in shown


def test_what_fails_for_one_client_stops_nobody_else() -> None:
    odd, good = make_service_with_dearer_product(), make_service_with_dearer_product()
    Service.objects.filter(pk=odd.pk).update(options=[{"price": 1}])
    shown = run("services", "--all", "--apply")
    assert (shown.exit_code, PriceChange.objects.get().service) == (1, good)
    assert f"client {odd.client_id} failed: KeyError" in shown.stdout
