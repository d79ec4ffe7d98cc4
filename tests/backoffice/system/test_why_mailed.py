"""The page of an email says why it was sent: its event, the step of the daily run or the act, and the settings."""

import re
from datetime import timedelta

import pytest

from commerce.daily_steps import DAILY_STEPS
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from commerce.runs.models import DailyRun
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests.backoffice.system.test_mails import outgoing
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.records import make_invoice
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db
SETTING = "/admin/settings/billing#billing.reminder_days"


def why(web: HttpsTestClient, mail: OutgoingMail) -> str:
    """The words of the section, with their addresses."""
    page = web.get(f"/admin/mails/{mail.pk}").text
    return page.split('id="why-sent"')[1].split("</section>")[0]


@pytest.fixture
def reminder() -> OutgoingMail:
    """A reminder of an invoice that is due in 3 days, which a run sent just now."""
    now = clock.now()
    make_invoice(at=now, due_date=now.date() + timedelta(days=3))
    run_daily(DAILY_STEPS, day=RunDay(now.date(), now), started_by="test", only_step="remind")
    run_all_jobs(failing=True)
    return OutgoingMail.objects.get(event="invoice_reminder")


def test_a_reminder_leads_to_its_template_run_setting_and_invoice(
    web: HttpsTestClient, reminder: OutgoingMail
) -> None:
    shown = why(web, reminder)
    run = DailyRun.objects.get()
    for url, words in (
        ("/admin/mail-templates/invoice_reminder/en", "Payment reminder"),
        (f"/admin/runs/{run.pk}", r"Daily run of [^<]+: Remind clients of unpaid invoices"),
        (SETTING, "[^<]+: -3,1,5,10"),
        (f"/admin/invoices/{reminder.about_id}", "Invoice INV-0001"),
        (f"/admin/clients/{reminder.client_id}", "[^<]+"),
    ):
        assert re.search(rf'<a href="{re.escape(url)}">{words}</a>', shown), (words, shown)
        assert web.get(url).status_code == 200
    assert "invoice_reminder" not in re.sub("<[^>]*>", "", shown)


def test_what_no_run_sent_says_who_did(web: HttpsTestClient, reminder: OutgoingMail) -> None:
    DailyRun.objects.all().delete()
    assert '<a href="/admin/runs">The daily run</a>' in why(web, reminder)
    placed = outgoing(event="order_placed", idempotency_key="1")
    assert "<dd>Something the client or staff did</dd>" in why(web, placed)


def test_a_step_that_was_killed_sent_nothing_of_later_days(
    web: HttpsTestClient, reminder: OutgoingMail
) -> None:
    DailyRun.objects.get().steps.update(ended_at=None)
    assert "Remind clients" in why(web, reminder)
    reminder.created_at += timedelta(days=2)
    reminder.save(update_fields=["created_at"])
    assert "Remind clients" not in why(web, reminder)


def test_who_may_not_see_settings_reads_the_words_alone(reminder: OutgoingMail) -> None:
    shown = why(staff_browser(make_staff("support")), reminder)
    assert "Payment reminder" in shown
    assert "Remind clients of unpaid invoices" in shown
    assert "/admin/settings" not in shown
    assert "/admin/runs" not in shown
    assert "/admin/mail-templates" not in shown


def test_a_mail_to_staff_says_why_this_person_got_it(web: HttpsTestClient) -> None:
    mail = outgoing(event="job_parked", values={"why": "You may retry tasks."})
    assert "<dd>You may retry tasks.</dd>" in why(web, mail)


def test_the_list_is_filtered_by_event_and_by_client(web: HttpsTestClient) -> None:
    outgoing(client_id=7)
    outgoing(event="order_placed", client_id=8, recipient="bob@example.com")
    for chosen in ({"event": "order_activated"}, {"client": "7"}):
        page = web.get("/admin/mails", chosen).text
        assert "alice@example.com" in page
        assert "bob@example.com" not in page
        assert "Order activated" in page
    assert "alice@example.com" not in web.get("/admin/mails", {"client": "x"}).text
