"""`commerce init`: from an empty installation to one that sells, and again without doing anything twice."""

import os
import re
import select
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.models import TaxRule
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.models import Currency, Price, Product, ProductGroup
from commerce.first_setup.company import proposed_time_zone
from commerce.first_setup.sales import proposed_currency, show_domain_search
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.payments.gateways.registry import account_for_transfers
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import business_date, get_setting
from tests import make
from tests.cli.conftest import Run
from tests.doubles.mail_server import mail_server_on
from tests.make.names import sell_tld
from tests.server.running import COMMAND, environment, once

IBAN = "DE89370400440532013000"
COMPANY = (
    *("--company-name", "Example Hosting GmbH", "--company-country", "de"),
    *("--company-address", "Hauptstr. 1", "--company-postcode", "10115"),
    *("--company-city", "Berlin", "--company-email", "support@hosting.example"),
)
PRODUCT = ("--product-group", "Web hosting", "--product", "Starter", "--price", "5.00")

pytestmark = pytest.mark.django_db


def test_one_line_makes_an_installation_in_which_a_client_can_order_and_pay(run: Run) -> None:
    done = run("init", *COMPANY, *PRODUCT, "--bank-account", IBAN, "--yes")
    assert done.exit_code == 0, done.stderr
    assert (get_setting("company.name"), get_setting("company.country")) == (
        "Example Hosting GmbH",
        "DE",
    )
    assert get_setting("billing.time_zone") == get_setting("locale.display_zone") == "Europe/Berlin"
    assert Currency.objects.get(is_default=True).code == "EUR"
    home = TaxRule.objects.get(country="DE")
    assert (home.rate_milli, home.name, home.category) == (19_000, "VAT", "S")
    assert TaxRule.objects.count() == 27
    price = Price.objects.get()
    assert (price.product.slug, price.price, price.billing_cycle) == ("starter", 500, "monthly")
    account = account_for_transfers()
    assert account
    assert (account.iban, account.account_name) == (IBAN, "Example Hosting GmbH")
    assert "Email: saved to files" in done.stderr
    assert "A product" not in done.stderr
    assert {entry.actor_name for entry in AuditEntry.objects.all()} == {"commerce command"}


def test_the_rights_of_consumers_are_proposed_in_the_eu_and_never_switched_on_by_itself(
    run: Run,
) -> None:
    words = "commerce setting set consumer.enabled on"
    abroad = (*COMPANY[:3], "us", *COMPANY[4:], "--company-state", "Ohio")
    assert words not in run("init", *abroad, "--yes").stderr
    assert words in run("init", *COMPANY, "--yes").stderr
    assert get_setting("consumer.enabled") is False
    set_setting(key="consumer.enabled", value="on", ctx=Context(make.AT, SYSTEM))
    assert words not in run("init", "--yes").stderr


def test_run_again_it_changes_nothing(run: Run) -> None:
    make.make_currency("EUR")
    words = (*COMPANY, *PRODUCT, "--bank-account", IBAN, "--yes")
    run("init", *words)
    entries = AuditEntry.objects.count()
    for again in (
        words,
        (),
        ("--yes",),
        ("--product", "STARTER"),
        ("--product-group", "web HOSTING"),
    ):
        done = run("init", *again)
        assert (done.exit_code, "Nothing to change." in done.stderr) == (0, True), done.stderr
    assert AuditEntry.objects.count() == entries
    assert (Product.objects.count(), ProductGroup.objects.count()) == (1, 1)


def test_run_again_it_changes_what_is_answered_otherwise_and_nothing_else(run: Run) -> None:
    run("init", *COMPANY, *PRODUCT, "--yes")
    Price.objects.update(setup_fee=100)
    entries = AuditEntry.objects.count()
    done = run("init", "--product", "starter", "--price", "6.50", "--company-city", "Bonn")
    assert done.exit_code == 0, done.stderr
    assert "Price of Starter: 6.50 EUR per month" in done.stderr
    price = Price.objects.get()
    assert (price.price, price.setup_fee, get_setting("company.city")) == (650, 100, "Bonn")
    assert AuditEntry.objects.count() == entries + 2
    run("init", "--product", "Pro", "--price", "9", "--yes")
    assert {row.group.name for row in Product.objects.all()} == {"Web hosting"}


def test_run_again_it_corrects_a_tax_rate_of_the_same_day(run: Run) -> None:
    run("init", *COMPANY, "--tax-rate", "91", "--yes")
    done = run("init", "--tax-rate", "19", "--tax-name", "MwSt.", "--company-city", "Bonn")
    assert done.exit_code == 0, done.stderr
    rule = TaxRule.objects.get(country="DE")
    assert (rule.rate_milli, rule.name, get_setting("company.city")) == (19_000, "MwSt.", "Bonn")
    make.make_invoice(make.make_client())
    late = run("init", "--tax-rate", "20")
    assert late.exit_code == 1
    assert "is in effect" in late.stderr
    assert TaxRule.objects.get(country="DE").rate_milli == 19_000


@pytest.mark.parametrize(("rate", "category"), [(0, "E"), (19_000, "S")])
def test_a_tax_rule_about_which_nothing_is_answered_stays(
    run: Run, rate: int, category: str
) -> None:
    run("init", *COMPANY, "--tax-rate", "none", "--yes")
    at = Context(clock.now(), SYSTEM)
    set_setting(key="tax.enabled", value="on", ctx=at)
    add_tax_rule(
        country="DE",
        rate=rate,
        category=category,
        valid_from=business_date(at.at) - timedelta(days=40),
        ctx=at,
    )
    done = run("init", "--company-city", "Bonn", "--yes")
    assert (done.exit_code, get_setting("company.city")) == (0, "Bonn"), done.stderr
    rule = TaxRule.objects.get(country="DE")
    assert (rule.rate_milli, rule.category, rule.name) == (rate, category, "")


def test_what_is_missing_is_listed_where_nobody_can_be_asked_and_nothing_is_kept(run: Run) -> None:
    done = run("init", "--company-name", "Example Hosting")
    assert done.exit_code == 1
    for option in ("country", "address", "postcode", "city", "email"):
        assert re.search(rf"^  --company-{option}$", done.stderr, re.MULTILINE), option
    assert "--portal-name Example Hosting\n" in done.stderr
    assert "--company-name" not in done.stderr
    assert run("init", *COMPANY).exit_code == 1
    priced = run("init", *COMPANY, "--product", "Starter", "--yes")
    assert (priced.exit_code, priced.stderr.splitlines()[1:]) == (1, ["  --price"])
    assert not AuditEntry.objects.exists()


def test_what_is_not_given_is_said_to_be_missing(run: Run) -> None:
    done = run("init", *COMPANY, "--yes")
    assert done.exit_code == 0, done.stderr
    for text in (
        "Email: saved to files",
        "A product: commerce init",
        "A bank account: commerce init",
    ):
        assert text in done.stderr
    assert "A tax rule" not in done.stderr


def test_a_company_that_charges_no_tax_has_no_rule(run: Run) -> None:
    run("init", *COMPANY, "--tax-rate", "none", "--yes")
    assert (get_setting("tax.enabled"), TaxRule.objects.count()) == (False, 0)
    assert "Nothing to change." in run("init", "--yes").stderr
    run("init", "--tax-rate", "19", "--eu-consumers", "origin", "--yes")
    assert (get_setting("tax.enabled"), get_setting("tax.eu_consumer_basis")) == (True, "origin")
    assert TaxRule.objects.get().rate_milli == 19_000


def test_a_bank_account_without_an_iban_has_a_routing_number(run: Run) -> None:
    words = ("--bank-account", "000123456789", "--bank-routing", "021000021")
    run("init", *COMPANY, *words, "--yes")
    account = account_for_transfers()
    assert account
    assert (account.iban, account.account_number) == ("", "000123456789")
    assert account.routing_number == "021000021"


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--company-country", "Germany"), "--company-country"),
        (("--company-country", "XX"), "--company-country"),
        (("--company-email", "support"), "--company-email"),
        (("--time-zone", "Mars"), "--time-zone"),
        (("--currency", "EURO"), "--currency"),
        (("--tax-rate", "0"), "--tax-rate"),
        (("--tax-rate", "101"), "--tax-rate"),
        (("--prices-include-tax", "maybe"), "--prices-include-tax"),
        (("--price", "5.001"), "--price"),
        (("--price", "-5"), "--price"),
        (("--product", "!"), "--product"),
        (("--bank-account", "DE11370400440532013000"), "--bank-account"),
        (("--mail-url", "mail.example.com"), "--mail-url"),
        (("--mail-url", "smtp://127.0.0.1:1"), "--mail-url"),
    ],
)
def test_an_answer_that_is_none_names_its_option_and_keeps_nothing(
    run: Run, words: tuple[str, ...], option: str
) -> None:
    done = run("init", *COMPANY, *PRODUCT, *words, "--yes")
    assert (done.exit_code, f"Invalid value for {option}:" in done.stderr) == (2, True), done.stderr
    assert not AuditEntry.objects.exists()


def test_a_mail_server_that_answers_is_to_be_named_in_the_environment(run: Run) -> None:
    with mail_server_on() as port:
        done = run("init", *COMPANY, "--mail-url", f"smtp://127.0.0.1:{port}", "--yes")
    assert (done.exit_code, "the server works" in done.stderr) == (0, True), done.stderr


def test_countries_propose_their_currency_and_their_only_time_zone() -> None:
    assert [proposed_currency(code) for code in ("DE", "US", "CH", "AQ", "")] == [
        *("EUR", "USD", "CHF"),
        *("", ""),
    ]
    assert [proposed_time_zone(code) for code in ("GB", "US", "")] == [
        "Europe/London",
        "UTC",
        "UTC",
    ]


@once
def test_at_a_terminal_it_asks_and_asks_again(data: Path) -> None:
    answers = {
        "Company name": "Example Hosting Ltd",
        "Country code": "GB",
        "Street address": "1 High Street",
        "Postal code": "E1 6AN",
        "City": "London",
        "Tax ID": "",
        "Support email": "support@hosting.example",
        "Portal name": "",
        "Time zone": "",
        "Currency code": "",
        "First product": "Starter",
        "Product group": "",
        "Price per month in GBP": "cheap",
        "Price per month": "4.00",
        "Tax rate": "",
        "Tax name": "",
        "Prices include": "on",
        "IBAN": "",
        "URL, e.g.": "",
    }
    said, code = _talk(data, answers)
    assert code == 0, said
    assert "[Europe/London]" in said
    assert "[GBP]" in said
    assert "[20]" in said
    assert "Price of Starter: 4.00 GBP per month" in said
    assert "USD has no prices" in said


def _talk(data: Path, answers: dict[str, str]) -> tuple[str, int]:
    """What a person sees who answers each question when it comes, and the exit code."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [*COMMAND, "init"],
        env=environment(data, TERM="dumb"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        said = seen = ""
        left = list(answers.items())
        while select.select([ours], [], [], 30)[0]:
            try:
                more = os.read(ours, 4096).decode()
            except OSError:  # the other end is closed
                break
            said, seen = said + more, seen + more
            if left and left[0][0] in seen and seen.endswith(": "):
                os.write(ours, f"{left.pop(0)[1]}\n".encode())
                seen = ""
        os.close(ours)
    return said, process.returncode


def test_visitors_find_names_once_a_tld_has_prices_unless_staff_decided_otherwise() -> None:
    key, ctx = "portal.show_domain_search", Context(make.AT, SYSTEM)
    assert show_domain_search(ctx) == []
    for host in ("ns1", "ns2"):
        set_setting(key=f"domains.{host}", value=f"{host}.example.net", ctx=ctx)
    sell_tld("none", register=None)
    assert show_domain_search(ctx) == []
    sell_tld("com")
    assert show_domain_search(ctx) == [f"{key}: on"]
    assert show_domain_search(ctx) == []
    set_setting(key=key, value="off", ctx=ctx)
    assert show_domain_search(ctx) == []
    assert get_setting(key) is False
