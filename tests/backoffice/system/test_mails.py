"""Emails that went out or did not, and their templates, on pages."""

from typing import Any

import pytest

from commerce.mail.models import MailTemplate, OutgoingMail
from commerce.mail.rendering import shipped_template
from tests import make
from tests.backoffice.system.test_jobs import send
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db
TEMPLATE = "/admin/mail-templates/order_activated/en"
WORDS = {"subject": "{order_number} is ready", "text": "Hello {recipient_name}", "active": "on"}


def outgoing(**over: Any) -> OutgoingMail:
    values = {
        "event": "order_activated",
        "idempotency_key": "order 1",
        "recipient": "alice@example.com",
        "values": {"order_number": "ORD-0001"},
        "status": "failed",
        "outcome": "The server answered 451.",
        "created_at": make.AT,
    }
    return OutgoingMail.objects.create(**values | over)


def test_a_failed_email_is_found_and_sent_again(web: HttpsTestClient) -> None:
    mail = outgoing()
    outgoing(idempotency_key="order 2", status="sent", sent_at=make.AT, recipient="bob@example.com")
    page = web.get("/admin/mails", {"status": "failed"}).text
    assert "alice@example.com" in page
    assert "bob@example.com" not in page
    send(web, f"/admin/mails/{mail.pk}/resend")
    again = OutgoingMail.objects.exclude(pk=mail.pk).get(recipient="alice@example.com")
    assert (again.status, again.values) == ("queued", mail.values)


def test_a_bounce_is_recorded(web: HttpsTestClient) -> None:
    mail = outgoing(status="sent", sent_at=make.AT, subject="Ready", text="Hello Alice")
    assert "Hello Alice" in web.get(f"/admin/mails/{mail.pk}").text
    send(web, f"/admin/mails/{mail.pk}/bounced")
    mail.refresh_from_db()
    assert mail.status == "bounced"


def saved(web: HttpsTestClient, **typed: str) -> Any:
    version = web.get(TEMPLATE).context["version"]
    return web.post(TEMPLATE, {**WORDS, "version": version, **typed}, follow=True)


def test_a_template_is_changed_previewed_and_reset(web: HttpsTestClient) -> None:
    preview = web.post(f"{TEMPLATE}/preview", WORDS)
    assert "Hello Alice" in preview.text
    assert "sandbox" in preview["Content-Security-Policy"]
    assert not MailTemplate.objects.exists()
    assert "Template saved." in saved(web).text
    row = MailTemplate.objects.get()
    assert (row.subject, row.text, row.active) == (WORDS["subject"], WORDS["text"], True)
    assert "order_activated" in web.get("/admin/mail-templates").text
    web.post(TEMPLATE, {"reset": "1"})
    assert not MailTemplate.objects.exists()
    shipped = shipped_template("order_activated", "en")
    assert shipped is not None
    assert web.get(TEMPLATE).context["form"]["text"].value() == shipped.text


def test_a_name_that_the_event_does_not_have_is_refused_with_those_it_has(
    web: HttpsTestClient,
) -> None:
    for path in (TEMPLATE, f"{TEMPLATE}/preview"):
        refused = web.post(path, {**WORDS, "text": "Pay {invoice_total}"})
        assert refused.status_code == 422
        assert "{invoice_total}" in refused.text
        assert "order_number" in refused.text


def test_two_who_write_a_template_at_once_lose_nothing(web: HttpsTestClient) -> None:
    version = web.get(TEMPLATE).context["version"]
    saved(staff_browser(), text="Theirs")
    stale = web.post(TEMPLATE, {**WORDS, "version": version})
    assert stale.status_code == 409
    assert "Someone else changed this template" in stale.text
    assert "Hello {recipient_name}" in stale.text
    assert MailTemplate.objects.get().text == "Theirs"


def test_a_test_email_of_what_is_typed_goes_to_oneself_and_keeps_nothing(
    mailoutbox: list[Any],
) -> None:
    web = staff_browser(make_staff("super_admin", "grace@example.com"))
    answer = web.post(TEMPLATE, {**WORDS, "test": "1"})
    assert "Sent a test email to grace@example.com." in answer.text
    [message] = mailoutbox
    assert (message.to, message.subject) == (["grace@example.com"], "ORD-0012 is ready")
    assert not MailTemplate.objects.exists()


def test_what_staff_type_runs_nothing_in_the_preview(web: HttpsTestClient) -> None:
    typed = {**WORDS, "text": "", "html": "<p>Hello</p><script>alert(1)</script><img src=x>"}
    preview = web.post(f"{TEMPLATE}/preview", typed).text
    assert "<script>" not in preview
    assert "<img" not in preview
