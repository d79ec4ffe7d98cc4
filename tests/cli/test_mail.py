"""`commerce mail`: what went out, once more, and what it says."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.core import mail as outbox

from commerce.audit.models import AuditEntry
from commerce.cli.root import commerce
from commerce.kit.context import SYSTEM, Context
from commerce.kit.money import Money
from commerce.mail.actions.announcing import Recipient, announce
from commerce.mail.models import MailTemplate, OutgoingMail
from commerce.site_settings.actions import set_setting
from tests.make import make_product
from tests.make.mails import deliver_all

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)

type Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *words: CliRunner().invoke(commerce, ["mail", *(str(word) for word in words)])


def told(email: str, once: str = "1") -> OutgoingMail:
    values = {"amount": Money(500, "EUR")}
    to = [Recipient(email, "Ann")]
    return announce(event="credit_added", idempotency_key=once, to=to, values=values, at=AT)[0]


def test_mails_are_listed_newest_first(run: Run) -> None:
    told("ann@example.org")
    deliver_all(AT)
    told("bob@example.org")
    _, *lines = run("list").stdout.splitlines()
    assert ["bob@example.org" in lines[0], "queued" in lines[0]] == [True, True]
    assert ["ann@example.org" in lines[1], "sent" in lines[1]] == [True, True]
    for words in (("--to", "ANN@example.org"), ("--status", "sent")):
        _, line = run("list", *words).stdout.splitlines()
        assert line.split() == lines[1].split()
    assert run("list", "--status", "failed").stderr == "No emails.\n"
    assert run("list", "--status", "odd").exit_code == 1


def test_a_mail_is_shown(run: Run) -> None:
    row = told("ann@example.org")
    deliver_all(AT)
    shown = run("show", row.pk).stdout
    assert "Recipient:      ann@example.org" in shown
    assert "Hello Ann,\n\nWe added €5.00" in shown
    assert run("show", row.pk + 1).exit_code == 1


def test_a_mail_is_sent_again_and_that_is_audited(run: Run) -> None:
    row = told("ann@example.org")
    assert run("resend", row.pk).exit_code == 1
    deliver_all(AT)
    assert run("resend", row.pk).exit_code == 0
    deliver_all()
    assert len(outbox.outbox) == 2
    assert AuditEntry.objects.get(action="mail.sent_again").after == {"first": row.pk}


def test_all_that_failed_are_sent_again_once_somebody_is_sure(run: Run) -> None:
    row = told("ann@example.org")
    OutgoingMail.objects.update(status="failed", tried_at=AT)
    words = ("resend-failed", "--since", "2026-01-31")
    asked = run(*words)
    assert (asked.exit_code, "Resend 1 failed email?" in asked.stderr) == (1, True)
    assert OutgoingMail.objects.get() == row
    assert "1 resent" in run(*words, "--yes").stdout
    assert "0 resent" in run(*words).stdout


def test_a_test_mail_goes_to_the_companys_own_address_only(run: Run) -> None:
    """At once, and it is kept nowhere."""
    refused = run("test")
    assert refused.exit_code == 1
    assert "commerce setting set company.email" in refused.stderr
    set_setting(key="company.email", value="us@example.org", ctx=Context(AT, SYSTEM))
    assert run("test", "ann@example.org").exit_code == 2
    assert run("test", "--event", "invoice_overdue").exit_code == 0
    assert outbox.outbox[0].to == ["us@example.org"]
    assert "INV-0042" in outbox.outbox[0].subject
    assert not OutgoingMail.objects.exists()
    assert run("test", "--event", "odd").exit_code == 1


def test_a_template_is_shown_changed_and_reset(run: Run, tmp_path: Path) -> None:
    shipped = run("template", "show", "welcome").stdout
    assert shipped.startswith("Welcome to {brand_name}\n\n")
    assert "Hello Alice," in run("template", "show", "welcome", "--sample").stdout
    file = tmp_path / "welcome.txt"
    file.write_text("Hi {recipient_name}\n\nWelcome!\n", "utf-8")
    assert run("template", "set", "welcome", file).exit_code == 0
    assert run("template", "show", "welcome").stdout == "Hi {recipient_name}\n\nWelcome!\n"
    assert re.search(r"^welcome +yes +security +Hi", run("template", "list").stdout, re.MULTILINE)
    told = json.loads(run("template", "show", "welcome", "--json").stdout)
    assert (told["subject"], told["text"]) == ("Hi {recipient_name}", "Welcome!")
    assert run("template", "reset", "welcome").exit_code == 0
    assert run("template", "show", "welcome").stdout == shipped
    assert run("template", "reset", "welcome").exit_code == 1
    file.write_text("Hi {password}\n\nx", "utf-8")
    refused = run("template", "set", "welcome", file)
    assert refused.exit_code == 1
    assert "Unknown variables: {password}. Available variables: client_name" in refused.stderr
    assert not MailTemplate.objects.exists()


def test_a_welcome_mail_of_a_product_is_written_listed_and_deleted(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "vps.txt"
    file.write_text("Your server\n\nSign in as {username}.\n", "utf-8")
    name = "service_activated:vps"
    assert run("template", "show", name).exit_code == 1
    assert run("template", "set", name, file).exit_code == 0
    assert re.search(rf"^{name} +yes +services +Your server", run("template", "list").stdout, re.M)
    assert "exampleco" in run("template", "show", name, "--sample").stdout
    product = make_product(name="VPS S")
    words = ["catalog", "change", "vps-s", "--welcome-template"]
    assert CliRunner().invoke(commerce, [*words, "vps"]).exit_code == 0
    product.refresh_from_db()
    assert product.welcome_template == "vps"
    assert CliRunner().invoke(commerce, [*words, "none"]).exit_code == 0
    product.refresh_from_db()
    assert product.welcome_template == ""
    assert run("template", "reset", name).exit_code == 0
    assert not MailTemplate.objects.exists()
