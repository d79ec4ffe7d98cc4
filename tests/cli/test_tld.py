"""The commands about domain names."""

from pathlib import Path

import pytest

from commerce.domains.models import Tld, TldPrice
from tests.cli.conftest import Run
from tests.make.nameservers import give_nameservers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nameservers() -> None:
    give_nameservers()


def test_many_tlds_are_switched(run: Run) -> None:
    run("tld", "set", "com", "EUR")
    run("tld", "set", "net", "EUR")
    assert run("tld", "switch", "--tlds", "com .net", "--on-sale", "off").exit_code == 0
    assert run("tld", "switch", "--tlds", "com org", "--on-sale", "on").exit_code == 1
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
