"""The commands about what is sold."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commerce.audit.models import Entry
from commerce.catalog.models import Price, Product, PromoCode, Stock
from commerce.cli.root import commerce
from commerce.domains.models import Tld, TldPrice
from tests import make

pytestmark = pytest.mark.django_db

type Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *words: CliRunner().invoke(commerce, [str(word) for word in words])


def test_the_list_has_prices_and_stock(run: Run) -> None:
    product = make.make_product(name="Starter", prices=[("EUR", "monthly", 500)])
    run("catalog", "price", product.slug, "eur", "annually", "50.00", "--setup", "5")
    run("catalog", "stock", product.slug, "3")
    assert run("catalog", "list").stdout == (
        "starter  Starter  (active, 3 left)\n"
        "    monthly       5.00 EUR\n"
        "    annually      50.00 EUR + 5.00 EUR setup\n"
    )


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
        assert (done.exit_code, "decimal places" in done.output) == (1, True)


def test_a_price_is_taken_away(run: Run) -> None:
    product = make.make_product()
    assert run("catalog", "price", product.slug, "EUR", "monthly", "none").exit_code == 0
    assert run("catalog", "price", product.slug, "EUR", "monthly", "none").exit_code == 1
    assert not Price.objects.exists()


def test_wrong_words_change_nothing(run: Run) -> None:
    product = make.make_product()
    assert run("catalog", "price", "none", "EUR", "monthly", "1").exit_code == 1
    assert run("catalog", "price", product.slug, "EUR", "weekly", "1").exit_code == 1
    assert run("catalog", "stock", product.slug, "many").exit_code == 1
    assert run("promo", "off", "NONE").exit_code == 1
    assert not Stock.objects.exists()


def test_a_stock_is_set_and_ended(run: Run) -> None:
    product = make.make_product()
    run("catalog", "stock", product.slug, "3")
    run("catalog", "stock", product.slug, "unlimited")
    product.refresh_from_db()
    assert not product.stock_control
    assert Entry.objects.filter(action="product.stock_set").count() == 2


def test_codes_are_made_and_switched_off(run: Run) -> None:
    product = make.make_product()
    words = ["--product", product.slug, "--cycle", "monthly", "--ends-on", "2030-01-31"]
    done = run("promo", "add", "spring", "--percent", "12.5", "--recurring", *words)
    assert done.exit_code == 0, done.output
    row = PromoCode.objects.get(code="SPRING")
    assert (row.percent, row.recurring, row.cycles, str(row.ends_on)) == (
        1250, True, ["monthly"], "2030-01-31",
    )  # fmt: skip
    assert list(row.products.all()) == [product]
    assert run("promo", "off", "spring").exit_code == 0
    row.refresh_from_db()
    assert not row.is_active


def test_a_code_takes_off_an_amount_in_each_currency(run: Run) -> None:
    done = run("promo", "add", "FIVE", "--amount", "5.00", "EUR", "--amount", "6", "usd")
    assert done.exit_code == 0, done.output
    amounts = PromoCode.objects.get().amounts.order_by("currency_id")
    assert list(amounts.values_list("currency_id", "amount")) == [("EUR", 500), ("USD", 600)]
    assert run("promo", "add", "SIX").exit_code == 1


def test_products_are_made_and_moved(run: Run) -> None:
    group = run("catalog", "add-group", "Web hosting").stdout.strip()
    words = ["--group", group, "--other", "--immediate", "--max-per-client", "1"]
    assert run("catalog", "add", "Set-up help", *words).stdout == "set-up-help\n"
    product = Product.objects.get()
    assert (product.type, product.activation, product.max_per_client) == ("other", "immediate", 1)
    assert run("catalog", "move", "set-up-help", "retired").exit_code == 0
    assert run("catalog", "move", "set-up-help", "active").exit_code == 1
    assert run("catalog", "add", "More", "--group", "none").exit_code == 1


def test_many_tlds_are_switched(run: Run) -> None:
    run("tld", "set", "com", "EUR")
    run("tld", "set", "net", "EUR")
    assert run("tld", "switch", "off", "com", ".net").exit_code == 0
    assert run("tld", "switch", "on", "com", "org").exit_code == 1
    assert not Tld.objects.on_sale().exists()


def test_prices_of_a_tld_are_set(run: Run) -> None:
    done = run("tld", "set", ".com", "eur", "--register", "10", "--renew", "12.50")
    assert done.exit_code == 0, done.output
    run("tld", "set", "com", "EUR", "--register", "none", "--off")
    row = TldPrice.objects.get()
    assert (row.register, row.renew, row.transfer) == (None, 1250, None)
    assert not Tld.objects.get().is_active


def test_a_wrong_currency_leaves_no_tld_behind(run: Run) -> None:
    assert run("tld", "set", "com", "CHF", "--register", "10").exit_code == 1
    assert not Tld.objects.exists()


def test_a_file_is_previewed_taken_over_and_written_again(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "tlds.csv"
    file.write_text("tld,currency,register,renew\ncom,EUR,10,12.50\n", encoding="utf-8")
    said = ".com register EUR: none → 10.00\n.com renew EUR: none → 12.50\n"
    done = run("tld", "import-csv", file, "--dry-run")
    assert done.stdout == said
    assert not Tld.objects.exists()
    assert run("tld", "import-csv", file).stdout == said
    file.write_text(run("tld", "export-csv").stdout, encoding="utf-8")
    assert run("tld", "import-csv", file).stdout == ""
    file.write_bytes(b"\xff")
    assert run("tld", "import-csv", file).exit_code == 1
