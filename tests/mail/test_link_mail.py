"""Mails with a link that signs somebody in: jobs like all others, and the link can be read nowhere (invariant X2)."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core import mail, serializers
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from pytest_django.fixtures import Settings

from commerce.audit.models import AuditEntry
from commerce.jobs.job_states import claim_job, requeue_lost_jobs
from commerce.jobs.models import Job
from commerce.kit.clock import now
from commerce.kit.context import SYSTEM, Context
from commerce.mail import link_mail
from commerce.mail.actions.announcing import Recipient
from commerce.mail.actions.lifecycle import reencrypt_mails
from commerce.mail.actions.templates import set_template
from commerce.mail.delivery import KEY_GONE_TEXT, URGENT_SECONDS, MailServerAway, deliver_mail
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from commerce.site_settings.encryption import key_ring
from tests.make.jobs import run_all_jobs
from tests.make.mails import commit_and_deliver

LINK = "https://localhost:8443/client/verify/Mg:1tabc:def-ghi_jkl"


def rows() -> str:
    """All rows in which a link could stand."""
    kept = [*OutgoingMail.objects.all(), *Job.objects.all(), *AuditEntry.objects.all()]
    return serializers.serialize("json", kept)


def ask(event: str = "verify_email", to: str = "ann@example.org", key: str = "") -> None:
    known = {"verify_url": LINK, "expires_minutes": 60}
    values = {name: known[name] for name in known if name in MAIL_EVENTS[event].variables}
    link_mail.announce_link_mail(event=event, to=Recipient(to), values=values, idempotency_key=key)


@pytest.mark.django_db
def test_a_mail_has_text_and_html_and_says_that_it_is_automatic() -> None:
    set_setting(key="company.name", value="Acme, Inc.", ctx=Context(now(), SYSTEM))
    set_setting(key="branding.name", value="Acme <Portal>", ctx=Context(now(), SYSTEM))
    with commit_and_deliver():
        ask()
    (sent,) = mail.outbox
    assert sent.to == ["ann@example.org"]
    assert sent.subject == "Confirm your email address for Acme <Portal>"
    assert sent.from_email == '"Acme, Inc." <support@example.com>'
    assert f"\n\n{LINK}\n\n" in sent.body
    assert "60 minutes" in sent.body
    html = str(sent.alternatives[0].content)  # type: ignore[attr-defined]
    assert f'href="{LINK}"' in html
    assert "Acme &lt;Portal&gt;" in html
    assert "<Portal>" not in html
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert sent.extra_headers["X-Commerce"] == "1"
    assert sent.extra_headers["Message-ID"].endswith("@localhost>")


@pytest.mark.django_db
def test_a_link_is_in_the_mail_and_in_no_row() -> None:
    with commit_and_deliver():
        ask()
    row = OutgoingMail.objects.get()
    assert (row.status, row.recipient, row.text, row.html) == ("sent", "ann@example.org", "", "")
    assert row.subject.startswith("Confirm")
    assert (row.values, row.encrypted_values) == ({}, "")
    assert "def-ghi" not in rows()


@pytest.mark.django_db
def test_while_it_waits_the_link_is_sealed_in_its_row_and_stands_in_no_other() -> None:
    ask()
    row = OutgoingMail.objects.get()
    assert (row.status, row.values, Job.objects.get().args) == ("queued", {}, {})
    assert row.encrypted_values
    assert "def-ghi" not in rows()
    assert key_ring().decrypt(row.encrypted_values).count(LINK) == 1


@pytest.mark.django_db
def test_each_call_is_its_own_occurrence_unless_it_is_named() -> None:
    with commit_and_deliver():
        ask()
        ask()
        ask("account_exists", key="ann 2026-01-31 12")
        ask("account_exists", key="ann 2026-01-31 12")
    assert len(mail.outbox) == 3
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 3


@pytest.mark.django_db
def test_only_mails_with_links_go_this_way() -> None:
    with pytest.raises(ValueError, match="no link"):
        ask("invoice_paid")
    assert {event for event, kind in MAIL_EVENTS.items() if kind.has_link} >= {
        *("verify_email", "account_exists", "password_reset", "member_invited")
    }


@pytest.mark.django_db
def test_what_is_rolled_back_is_not_sent() -> None:
    with commit_and_deliver(), transaction.atomic():
        ask()
        transaction.set_rollback(True)
    assert mail.outbox == []
    assert not OutgoingMail.objects.exists()


class DownBackend(BaseEmailBackend):
    """A mail server that says what it was sent."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise OSError(f"no route for {email_messages[0].body}")


@pytest.mark.django_db
def test_a_mail_with_a_link_is_tried_again_like_all_others(
    caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    """It was tried once, by the process of the page; and no log says the link."""
    works = settings.MAILERS
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.DownBackend"}}
    ask()
    at = now()
    run_all_jobs(at, failing=True)
    row, job = OutgoingMail.objects.get(), Job.objects.get()
    assert (row.status, row.tries, row.outcome, job.status) == ("queued", 0, "OSError", "waiting")
    assert "def-ghi" not in rows() + caplog.text
    settings.MAILERS = works
    run_all_jobs(at + timedelta(seconds=URGENT_SECONDS))
    assert LINK in mail.outbox[0].body
    row.refresh_from_db()
    assert (row.status, row.tries, row.encrypted_values) == ("sent", 1, "")


@pytest.mark.django_db
def test_a_link_that_failed_for_good_or_has_expired_is_forgotten(settings: Settings) -> None:
    works = settings.MAILERS
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.DownBackend"}}
    ask(key="1")
    row = OutgoingMail.objects.get()
    for seconds in (0, 60, 3600 + 1):  # it is valid for an hour
        with suppress(MailServerAway):
            deliver_mail(row.pk, row.created_at + timedelta(seconds=seconds))
    row.refresh_from_db()
    assert (row.status, row.outcome, row.encrypted_values) == (
        "skipped",
        "Its link has expired.",
        "",
    )
    settings.MAILERS = works
    ask(key="2")
    row = OutgoingMail.objects.latest("pk")
    settings.COMMERCE_KEY_RING = [Fernet.generate_key().decode()]
    deliver_mail(row.pk, now())
    row.refresh_from_db()
    assert (row.status, row.outcome, row.encrypted_values) == ("failed", KEY_GONE_TEXT, "")
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_sealed_link_moves_on_to_the_newest_key(settings: Settings) -> None:
    ask()
    old, new = settings.COMMERCE_KEY_RING, Fernet.generate_key().decode()
    settings.COMMERCE_KEY_RING = [new, *old]
    assert reencrypt_mails() == 1
    settings.COMMERCE_KEY_RING = [new]
    run_all_jobs()
    assert LINK in mail.outbox[0].body


@pytest.mark.django_db
def test_a_mail_with_a_link_whose_template_is_off_failed_with_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    set_template(
        event="verify_email",
        locale="en",
        subject="Off",
        html="",
        text="Off",
        active=False,
        ctx=Context(now(), SYSTEM),
    )
    with caplog.at_level(logging.ERROR), commit_and_deliver():
        ask()
    row = OutgoingMail.objects.get()
    assert (row.status, row.outcome) == ("skipped", "The template is turned off.")
    assert not caplog.text


@pytest.mark.django_db
def test_a_mail_with_a_link_whose_worker_was_killed_is_sent_by_the_next() -> None:
    """Nobody could send it again: the link was kept nowhere."""
    ask()
    job = Job.objects.get()
    assert claim_job(job=job, at=now())
    OutgoingMail.objects.update(status="sending", tries=1, tried_at=now())
    later = now() + timedelta(minutes=11)
    assert requeue_lost_jobs(at=later) == 1
    run_all_jobs(later)
    assert LINK in mail.outbox[0].body


@pytest.mark.django_db(transaction=True)
def test_without_a_mail_server_mails_are_kept_as_files(
    settings: Settings, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    settings.MAILERS = {"default": {"BACKEND": "commerce.mail.file_backend.FileEmailBackend"}}
    before = set((data_dir / "mail").glob("*.eml"))
    ask()
    run_all_jobs()
    (kept,) = set((data_dir / "mail").glob("*.eml")) - before
    parsed = BytesParser(policy=policy.default).parsebytes(kept.read_bytes())
    assert parsed["To"] == "ann@example.org"
    assert LINK in parsed.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert kept.name in caplog.text
    assert "ann@example.org" not in caplog.text
    assert LINK not in caplog.text
    assert OutgoingMail.objects.get().status == "sent"
