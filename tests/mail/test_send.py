"""Mails: what they look like on the way out, and that they never stand in a request's way."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from django.core import mail
from django.db import transaction
from pytest_django.fixtures import Settings

from commerce.kit.actor import SYSTEM
from commerce.kit.clock import now
from commerce.mail import send
from commerce.preferences.actions import set_preference

pytestmark = pytest.mark.django_db

type Committed = Callable[..., AbstractContextManager[list[Callable[[], object]]]]

LINK = "https://localhost:8443/client/verify/Mg:1tabc:def-ghi_jkl"


def message(**over: object) -> send.Message:
    values = {"verify_url": LINK, "expires_minutes": 60}
    whole = {"event": "verify_email", "to": "ann@example.org", "once": "1", "values": values}
    return send.Message(**{**whole, **over})  # type: ignore[arg-type]


def test_a_mail_has_text_and_html_and_says_that_it_is_automatic(
    django_capture_on_commit_callbacks: Committed,
) -> None:
    set_preference(key="company.name", value="Acme, Inc.", at=now(), actor=SYSTEM)
    set_preference(key="branding.name", value="Acme <Portal>", at=now(), actor=SYSTEM)
    with django_capture_on_commit_callbacks(execute=True):
        send.after_commit(message())
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


def test_the_same_occurrence_has_the_same_message_id_and_another_one_has_another() -> None:
    always = send._always()
    ids = [
        send.compose(each, always).extra_headers["Message-ID"]
        for each in (message(), message(), message(once="2"), message(to="bob@example.org"))
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("hostile", ["Ann\nBcc: all@example.org", "Ann\r\n\r\nhttps://evil"])
def test_a_hostile_name_reaches_no_header_and_makes_no_link(hostile: str) -> None:
    built = send.compose(
        message(event="welcome", values={"recipient_name": hostile, "login_url": LINK}),
        {**send._always(), "brand_name": hostile},
    )
    assert "\n" not in built.subject
    assert "https://evil" not in str(built.alternatives[0].content).split('href="')[1]
    assert set(
        BytesParser(policy=policy.default).parsebytes(built.message().as_bytes()).keys()
    ) == {
        *("Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "X-Commerce"),
        *("MIME-Version", "Content-Type"),
    }


def test_what_is_rolled_back_is_not_sent(django_capture_on_commit_callbacks: Committed) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        send.after_commit(message())
        transaction.set_rollback(True)
    assert mail.outbox == []


def test_a_mail_that_fails_is_logged_without_its_link(
    django_capture_on_commit_callbacks: Committed, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), django_capture_on_commit_callbacks(execute=True):
        send.after_commit(message(event="no_such_event"))
    assert "no_such_event" in caplog.text
    assert LINK not in caplog.text


def test_without_a_mail_server_mails_are_kept_as_files_by_the_background(
    django_capture_on_commit_callbacks: Committed,
    settings: Settings,
    data_dir: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.MAILERS = {"default": {"BACKEND": "commerce.mail.backend.KeptAndShown"}}
    before = set((data_dir / "mail").glob("*.eml"))
    with django_capture_on_commit_callbacks(execute=True):
        send.after_commit(message())
    send.wait()
    (kept,) = set((data_dir / "mail").glob("*.eml")) - before
    parsed = BytesParser(policy=policy.default).parsebytes(kept.read_bytes())
    assert parsed["To"] == "ann@example.org"
    assert LINK in parsed.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    shown = capsys.readouterr().err
    assert "ann@example.org" in shown
    assert LINK not in shown
