"""What was typed wrong and ended in a traceback: a sentence says what to do."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from commerce.cli.root import commerce
from commerce.mail.models import MailTemplate
from tests.cli.conftest import Run
from tests.make.people import make_client
from tests.make.records import make_product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("mail template set welcome /nowhere", "Can't read /nowhere as UTF-8 text."),
        ("mail template set welcome /", "Can't read / as UTF-8 text."),
        ("tld import-csv /nowhere", "Can't read /nowhere as UTF-8 text."),
        ("credit add j@example.com 5 --note x --currency KWD", "Currency KWD hasn't been set up"),
        (
            "credit payout j@example.com 5 --reference x --currency KWD",
            "Currency KWD hasn't been set up",
        ),
        ("reprice services --service 99999999999999999999", "is not in the range"),
        ("service cancellation approve 99999999999999999999", "is not in the range"),
        ("document list --most -1", "is not in the range"),
        ("document list --most 1_000", "1_000 isn't a whole number such as 12."),
        ("document list --most ١٢", "١٢ isn't a whole number such as 12."),
        ("option delete 1_0", "1_0 isn't a whole number such as 12."),
        (
            "currency rate EUR --rate 1e2",
            "Enter a number, such as 1.17.",
        ),
        (
            "tax rule add --country GB --rate 1/3 --valid-from 2026-01-01",
            "Enter a percentage from 0 to 100 with up to 3 decimals.",
        ),
        (
            "tax rule add --country GB --rate ٢٠ --valid-from 2026-01-01",
            "Enter a percentage from 0 to 100 with up to 3 decimals.",
        ),
        ("document export INV-0001 --to /proc/nowhere", "/proc/nowhere: No such file"),
        ("catalog show caf\udce9", "isn't valid UTF-8"),
    ],
)
def test_it_is_said_in_a_sentence(words: str, said: str) -> None:
    make_client(email="j@example.com")
    make_product()
    done = CliRunner().invoke(commerce, words.split())
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in (1, 2)
    assert said in done.stderr


def test_a_template_is_read_from_standard_input(tmp_path: Path) -> None:
    words = ["mail", "template", "set", "welcome", "-"]
    assert CliRunner().invoke(commerce, words, input="Hi\n\nWelcome.\n").exit_code == 0
    assert MailTemplate.objects.get().text == "Welcome."
    (tmp_path / "latin").write_bytes("Caf\xe9\n\nx".encode("latin-1"))
    words[-1] = str(tmp_path / "latin")
    assert "as UTF-8 text" in CliRunner().invoke(commerce, words).stderr


def test_who_asked_for_json_gets_the_code_of_an_error(run: Run) -> None:
    failed = run("server", "show", "web9", "--json")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert json.loads(failed.stderr) == {
        "error": {
            "code": "server.none_there",
            "message": "Server web9 not found. No servers have been added yet.",
        }
    }
    assert run("server", "show", "web9").stderr.startswith("Error: Server web9 not found.")
