"""`commerce document`, in this process over the test database."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from commerce.billing.models import Document
from commerce.cli.root import commerce
from commerce.kit.context import SYSTEM, Context
from commerce.proof.runner import run_proof
from commerce.site_settings.actions import set_setting
from tests.make.people import AT
from tests.make.records import make_draft, make_invoice

pytestmark = pytest.mark.django_db


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(commerce, ["document", *args])
    return result.exit_code, result.output


def test_missing_documents_are_made_shown_and_written_out(tmp_path: Path) -> None:
    for key, value in {"company.tax_id": "DE123456789", "company.country": "DE"}.items():
        set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))
    number = make_invoice().number or ""
    make_draft()
    assert run("make", "--missing") == (0, "1 have their documents.\n")
    assert Document.objects.count() == 2
    assert run("make", "--missing") == (0, "0 have their documents.\n")
    code, text = run("show", number)
    assert (code, "pdf" in text, "ubl" in text) == (0, True, True)
    code, text = run("export", number, "--to", str(tmp_path))
    assert code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"invoice-{number}.pdf",
        f"invoice-{number}.xml",
    ]


def test_a_problem_is_told_with_exit_code_1() -> None:
    number = make_invoice().number or ""
    assert run("make", number)[0] == 0
    code, text = run("show", number)
    assert (code, "BR-S-02" in text) == (1, True)
    for key, value in {"company.tax_id": "DE123456789", "company.country": "DE"}.items():
        set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))
    good = make_invoice().number or ""
    run("make", good)
    code, text = run("list", "--problems")
    assert (code, number in text, good in text) == (0, True, False)
    assert "pdf" in text
    assert "BR-CO-26" in text
    assert [line.split()[:2] for line in run("list", "--most", "2")[1].splitlines()[1:]] == [
        [good, "ubl"],
        [good, "pdf"],
    ]
    found = {one.check.name: one for one in run_proof(at=AT + timedelta(days=1))}["M15-einvoice"]
    assert (found.holds, found.count) == (True, 1)
    assert run("show", "INV-9999")[0] == 1
