"""The commands about what is sold."""

import json
import re

import pytest

from commerce.audit.models import AuditEntry
from commerce.catalog.models import Currency, Price, Product, PromoCode, Stock
from tests import make
from tests.cli.conftest import Run
from tests.make.records import make_server_group

pytestmark = pytest.mark.django_db


def test_the_list_has_prices_and_stock(run: Run) -> None:
    product = make.make_product(name="Starter", prices=[("EUR", "monthly", 500)])
    run("catalog", "price", product.slug, "eur", "annually", "50.00", "--setup", "5")
    run("catalog", "stock", product.slug, "--units", "3")
    assert run("catalog", "list").stdout.splitlines() == [
        "PRODUCT  NAME     STATUS  STOCK  BILLING CYCLE  PRICE      SETUP FEE",
        "starter  Starter  active  3      monthly        5.00 EUR   0.00 EUR",
        "                                 annually       50.00 EUR  5.00 EUR",
    ]
    [listed] = json.loads(run("catalog", "list", "--json").stdout)
    assert (listed["product"], listed["stock"]) == ("starter", 3)
    assert listed["prices"][1] == {
        "billing_cycle": "annually",
        "price": 5000,
        "setup_fee": 500,
        "currency_code": "EUR",
    }


def test_m4_prices_are_typed_in_the_scale_of_their_currency(run: Run) -> None:
    product = make.make_product()
    for code, text in (("JPY", "500"), ("EUR", "5.00"), ("KWD", "5.000")):
        make.make_currency(code)
        done = run("catalog", "price", product.slug, code, "monthly", text)
        assert done.exit_code == 0, done.output
    rows = Price.objects.order_by("currency_id").values_list("currency_id", "price")
    assert list(rows) == [("EUR", 500), ("JPY", 500), ("KWD", 5000)]
    for code, text in (("JPY", "500.5"), ("EUR", "5.005"), ("KWD", "5.0005")):
        done = run("catalog", "price", product.slug, code, "monthly", text)
        assert (done.exit_code, "decimal" in done.output) == (1, True)


def test_a_price_is_taken_away(run: Run) -> None:
    product = make.make_product()
    assert run("catalog", "price", product.slug, "EUR", "monthly", "none").exit_code == 0
    assert run("catalog", "price", product.slug, "EUR", "monthly", "none").exit_code == 1
    assert not Price.objects.exists()


def test_wrong_words_change_nothing(run: Run) -> None:
    product = make.make_product()
    assert run("catalog", "price", "none", "EUR", "monthly", "1").exit_code == 1
    assert run("catalog", "price", product.slug, "EUR", "weekly", "1").exit_code == 1
    assert run("catalog", "stock", product.slug, "--units", "many").exit_code == 1
    assert run("promo", "disable", "NONE").exit_code == 1
    assert not Stock.objects.exists()


def test_a_stock_is_set_and_ended(run: Run) -> None:
    product = make.make_product()
    run("catalog", "stock", product.slug, "--units", "3")
    run("catalog", "stock", product.slug, "--units", "none")
    product.refresh_from_db()
    assert not product.stock_control
    assert AuditEntry.objects.filter(action="product.stock_set").count() == 2


def test_codes_are_made_and_switched_off(run: Run) -> None:
    product = make.make_product()
    words = ["--products", product.slug, "--cycles", "monthly", "--ends-on", "2030-01-31"]
    done = run("promo", "add", "--code", "spring", "--percent", "12.5", "--recurring", *words)
    assert done.exit_code == 0, done.output
    row = PromoCode.objects.get(code="SPRING")
    assert (row.percent, row.recurring, row.cycles, str(row.ends_on)) == (
        1250, True, ["monthly"], "2030-01-31",
    )  # fmt: skip
    assert list(row.products.all()) == [product]
    assert run("promo", "disable", "spring").exit_code == 0
    row.refresh_from_db()
    assert not row.is_active


def test_a_code_takes_off_an_amount_in_each_currency(run: Run) -> None:
    done = run("promo", "add", "--code", "FIVE", "--amounts", "5.00 EUR", "--amounts", "6 usd")
    assert done.exit_code == 0, done.output
    amounts = PromoCode.objects.get().amounts.order_by("currency_id")
    assert list(amounts.values_list("currency_id", "amount")) == [("EUR", 500), ("USD", 600)]
    assert run("promo", "add", "--code", "SIX").exit_code == 1


def test_products_are_made_and_moved(run: Run) -> None:
    group = run("catalog", "add-group", "--name", "Web hosting").stdout.strip()
    words = [
        "--group",
        group,
        "--kind",
        "other",
        "--activation",
        "immediate",
        "--max-per-client",
        "1",
    ]
    assert run("catalog", "add", "--name", "Set-up help", *words).stdout == "set-up-help\n"
    product = Product.objects.get()
    assert (product.type, product.activation, product.max_per_client) == ("other", "immediate", 1)
    assert run("catalog", "move", "set-up-help", "--status", "retired").exit_code == 0
    assert run("catalog", "move", "set-up-help", "--status", "active").exit_code == 1
    assert run("catalog", "add", "--name", "More", "--group", "none").exit_code == 1


def test_a_product_changes_in_all_that_staff_say_of_it(run: Run) -> None:
    product = make.make_product(name="Starter")
    run("catalog", "add-group", "--name", "Servers", "--position", "2")
    make_server_group("eu")
    words = ["--name", "Beginner", "--slug", "beginner", "--group", "servers", "--position", "3"]
    words += "--package p1 --server-group eu --tax-kind other --module manual".split()
    words += ["--require-domain", "on", "--max-per-client", "2", "--activation", "immediate"]
    done = run("catalog", "change", "starter", *words, "--description", "Good.")
    assert done.exit_code == 0, done.output
    product.refresh_from_db()
    assert (product.name, product.slug, product.group.slug) == ("Beginner", "beginner", "servers")
    assert (product.position, product.package, product.server_group) == (3, "p1", "eu")
    assert (product.tax_kind, product.require_domain, product.max_per_client) == ("other", True, 2)
    shown = json.loads(run("catalog", "show", "beginner", "--json").stdout)
    said = [shown[name] for name in ("group", "max_per_client", "module", "package", "description")]
    assert said == ["servers", 2, "manual", "p1", "Good."]
    assert "Group:          servers\n" in run("catalog", "show", "beginner").stdout
    words = ["--max-per-client", "none", "--tax-kind", "none", "--require-domain", "off"]
    assert run("catalog", "change", "beginner", *words).exit_code == 0
    product.refresh_from_db()
    assert (product.tax_kind, product.require_domain, product.max_per_client) == ("", False, None)
    group = ["servers", "--is-visible", "off", "--name", "Machines", "--position", "1"]
    assert run("catalog", "change-group", *group).exit_code == 0
    listed = json.loads(run("catalog", "groups", "--json").stdout)
    assert {
        "group": "servers",
        "name": "Machines",
        "position": 1,
        "visible": False,
        "products": ["beginner"],
    } in listed


def test_a_change_that_is_refused_in_part_changes_nothing(run: Run) -> None:
    product = make.make_product(name="Starter")
    make.make_product(name="Other")
    for wrong in (
        ["--slug", "other"],
        ["--module", "telepathy"],
        ["--max-per-client", "0"],
        ["--package", "p" * 101],
        ["--group", "none"],
    ):
        done = run("catalog", "change", "starter", "--name", "Beginner", *wrong)
        assert done.exit_code == 1, wrong
    assert run("catalog", "change", "starter").exit_code == 1
    assert run("catalog", "change", "starter", "--name", " ").exit_code == 1
    product.refresh_from_db()
    assert (product.name, product.slug) == ("Starter", "starter")


def test_a_description_comes_from_standard_input(run: Run) -> None:
    product = make.make_product(name="Starter")
    words = ("catalog", "change", "starter", "--description", "-")
    assert run(*words, input="**Good** hosting.\n").exit_code == 0
    product.refresh_from_db()
    assert product.description == "**Good** hosting."


def test_codes_are_listed_changed_and_deleted(run: Run) -> None:
    product = make.make_product(name="Starter")
    run("promo", "add", "--code", "SPRING", "--percent", "12.5", "--max-uses", "3")
    [listed] = json.loads(run("promo", "list", "--json").stdout)
    assert (listed["percent"], listed["active"], listed["uses"]) == ("12.5", True, 0)
    assert re.search(r"SPRING +12.5 % .*0 of 3", run("promo", "list").stdout)
    words = ["--products", "starter", "--max-uses", "none", "--starts-on", "2030-01-01"]
    done = run("promo", "change", "spring", *words, "--cycles", "monthly", "--recurring", "on")
    assert done.exit_code == 0, done.output
    row = PromoCode.objects.get()
    assert (row.max_uses, str(row.starts_on), row.cycles, row.recurring) == (
        None, "2030-01-01", ["monthly"], True,
    )  # fmt: skip
    assert list(row.products.all()) == [product]
    shown = json.loads(run("promo", "show", "spring", "--json").stdout)
    said = [shown[name] for name in ("products", "starts_on", "recurring", "cycles")]
    assert said == [["starter"], "2030-01-01", True, ["monthly"]]
    done = run("promo", "change", "spring", "--products", "none", "--starts-on", "none")
    assert done.exit_code == 0, done.output
    row.refresh_from_db()
    assert (row.starts_on, list(row.products.all())) == (None, [])
    for wrong in (["--ends-on", "soon"], ["--max-uses", "0"], ["--cycles", "weekly"], []):
        assert run("promo", "change", "spring", *wrong).exit_code == 1
    for wrong in ("12.345", "101", "NaN", "many"):
        assert run("promo", "add", "--code", "MORE", "--percent", wrong).exit_code == 1
    assert run("promo", "delete", "spring", "--yes").exit_code == 0
    assert run("promo", "enable", "spring").exit_code == 1


def test_currencies_are_made_changed_and_deleted(run: Run) -> None:
    assert (
        run("currency", "add", "--code", "gbp", "--name", "Pound", "--prefix", "£").exit_code == 0
    )
    assert run("currency", "rate", "GBP", "--rate", "1.25", "--on", "2030-01-31").exit_code == 0
    assert run("currency", "disable", "GBP").exit_code == 0
    [pound] = [
        row for row in json.loads(run("currency", "list", "--json").stdout) if row["code"] == "GBP"
    ]
    said = [pound[name] for name in ("active", "decimals", "prefix", "rate", "rate_on")]
    assert said == [False, 2, "£", "1.25", "2030-01-31"]
    assert run("currency", "default", "GBP", "--yes").exit_code == 1
    run("currency", "enable", "gbp")
    run("currency", "change", "gbp", "--suffix", "GBP", "--prefix", "")
    assert run("currency", "default", "GBP", "--yes").exit_code == 0
    row = Currency.objects.get(pk="GBP")
    assert (row.is_default, row.prefix, row.suffix) == (True, "", "GBP")
    assert run("currency", "delete", "GBP", "--yes").exit_code == 1
    run("currency", "default", "EUR", "--yes")
    assert run("currency", "delete", "GBP", "--yes").exit_code == 0
    for wrong in (
        ["add", "--code", "XXZ", "--name", "Nothing"],
        ["rate", "USD", "--rate", "much"],
        ["disable", "EUR"],
        ["enable", "XXZ"],
    ):
        assert run("currency", *wrong).exit_code == 1
