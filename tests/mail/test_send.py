"""Mails with a link that signs somebody in: at once, in the background, and kept nowhere (invariant X2)."""

import json
import logging
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from django.core import mail, serializers
from django.db import transaction
from pytest_django.fixtures import Settings

from commerce.audit.models import Entry
from commerce.kit.actor import SYSTEM
from commerce.kit.clock import now
from commerce.mail import send
from commerce.mail.actions import Recipient, begin_link_mail, fail_lost_links, set_template
from commerce.mail.kinds import EVENTS
from commerce.mail.models import OutgoingMail
from commerce.mail.rules import LOST_AFTER
from commerce.preferences.actions import set_preference
from tests.make.mails import committed

LINK = "https://localhost:8443/client/verify/Mg:1tabc:def-ghi_jkl"


def ask(event: str = "verify_email", to: str = "ann@example.org", once: str = "") -> None:
    values = {"verify_url": LINK, "expires_minutes": 60}
    send.link_after_commit(event=event, to=Recipient(to), values=values, once=once)


@pytest.mark.django_db
def test_a_mail_has_text_and_html_and_says_that_it_is_automatic() -> None:
    set_preference(key="company.name", value="Acme, Inc.", at=now(), actor=SYSTEM)
    set_preference(key="branding.name", value="Acme <Portal>", at=now(), actor=SYSTEM)
    with committed():
        ask()
    (sent,) = mail.outbox
    assert sent.to == ["ann@example.org"]
    assert sent.subject == "Confirm your e-mail address for Acme <Portal>"
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
    with committed():
        ask()
    row = OutgoingMail.objects.get()
    assert (row.status, row.recipient, row.text, row.html) == ("sent", "ann@example.org", "", "")
    assert row.subject.startswith("Confirm")
    kept = serializers.serialize("json", [row, *Entry.objects.all()])
    assert "def-ghi" not in kept
    assert json.loads(kept)[0]["fields"]["values"] == {}


@pytest.mark.django_db
def test_each_call_is_its_own_occurrence_unless_it_is_named() -> None:
    with committed():
        ask()
        ask()
        ask("account_exists", once="ann 2026-01-31 12")
        ask("account_exists", once="ann 2026-01-31 12")
    assert len(mail.outbox) == 3
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 3


@pytest.mark.django_db
def test_only_mails_with_links_go_this_way() -> None:
    with pytest.raises(ValueError, match="no link"):
        begin_link_mail(event="invoice_paid", once="1", to=Recipient("a@example.org"), at=now())
    assert {event for event, kind in EVENTS.items() if kind.link} == {
        *("verify_email", "account_exists", "password_reset", "member_invited")
    }


@pytest.mark.django_db
def test_what_is_rolled_back_is_not_sent() -> None:
    with committed(), transaction.atomic():
        ask()
        transaction.set_rollback(True)
    assert mail.outbox == []
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_a_mail_that_fails_is_noted_and_logged_without_its_link(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: object) -> int:
        raise OSError("no route")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", down)
    with caplog.at_level(logging.ERROR), committed():
        ask()
    row = OutgoingMail.objects.get()
    assert (row.status, row.outcome, row.refused) == ("failed", "It could not be sent.", False)
    assert "verify_email" in caplog.text
    assert LINK not in caplog.text


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
        at=now(),
        actor=SYSTEM,
    )
    with caplog.at_level(logging.ERROR), committed():
        ask()
    row = OutgoingMail.objects.get()
    assert (row.status, row.outcome) == ("skipped", "Its template is not active.")
    assert not caplog.text


@pytest.mark.django_db
def test_a_mail_with_a_link_whose_process_was_killed_stayed_sending_for_ever() -> None:
    to, at = Recipient("ann@example.org"), now()
    for once, age in (("lost", LOST_AFTER + 1), ("new", 1)):
        begin_link_mail(event="verify_email", once=once, to=to, at=at - timedelta(seconds=age))
    assert fail_lost_links(at=at) == 1
    assert dict(OutgoingMail.objects.values_list("once", "status")) == {
        "lost": "failed",
        "new": "sending",
    }


@pytest.mark.django_db(transaction=True)
def test_without_a_mail_server_mails_are_kept_as_files_by_the_background(
    settings: Settings, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    settings.MAILERS = {"default": {"BACKEND": "commerce.mail.backend.KeptAndShown"}}
    before = set((data_dir / "mail").glob("*.eml"))
    ask()
    send.wait()
    (kept,) = set((data_dir / "mail").glob("*.eml")) - before
    parsed = BytesParser(policy=policy.default).parsebytes(kept.read_bytes())
    assert parsed["To"] == "ann@example.org"
    assert LINK in parsed.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    shown = caplog.text
    assert "ann@example.org" in shown
    assert LINK not in shown
    assert OutgoingMail.objects.get().status == "sent"
