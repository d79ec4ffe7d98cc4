"""The daily digest: what waits for a person, once a day (support-and-content.md 8)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from commerce.accounts.models import Staff
from commerce.accounts.recipients import send_staff_email
from commerce.accounts.staff_mail.actions import queue_digests, set_staff_mail_choices
from commerce.jobs.remotes import note_silence
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from tests.make import make_client, make_invoice
from tests.make.jobs import run_all_jobs
from tests.make.mails import deliver_all, mails_to
from tests.make.payments import declare_transfer
from tests.make.staff import as_staff, make_staff, take_permissions

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 4, 8, 7, 31, tzinfo=UTC)
BEA = "bea@example.net"


def choose(staff: Staff, **choices: str) -> None:
    set_staff_mail_choices(staff=staff, choices=choices, ctx=Context(MORNING, as_staff(staff)))


def digests(at: datetime) -> list[OutgoingMail]:
    queue_digests(at=at)
    run_all_jobs(at)
    return list(OutgoingMail.objects.filter(event="daily_digest").order_by("pk"))


def send_dispute_opened_email() -> None:
    send_staff_email(
        event="dispute_opened",
        idempotency_key="1",
        page="disputes/5",
        values={"amount": "5 €", "invoice_number": "INV-1", "reason": "", "due_by": ""},
        at=MORNING,
    )


def test_it_comes_after_its_time_once_a_day_to_who_chose_it() -> None:
    bea = make_staff("billing", BEA)
    make_staff("billing", "bob@example.net")
    choose(bea, daily_digest="mail")
    declare_transfer(make_invoice(make_client()), MORNING)
    assert not digests(MORNING - timedelta(minutes=5))
    (mail,) = digests(MORNING)
    assert mail.recipient == BEA
    assert len(digests(MORNING + timedelta(hours=3))) == 1
    deliver_all(MORNING)
    (message,) = [one for one in mails_to(BEA) if "/admin/dashboard" in one.body]
    assert "Needs your attention" in message.body
    assert "Since your last digest" not in message.body
    assert (
        "1 bank transfer to confirm: https://localhost:8443/admin/transfer-notices/" in message.body
    )
    assert len(digests(MORNING + timedelta(days=1))) == 2


def test_nothing_that_waits_is_no_mail() -> None:
    choose(make_staff("support", BEA), daily_digest="mail")
    assert not digests(MORNING)


def test_what_somebody_wants_in_the_digest_is_in_it_once() -> None:
    set_setting(key="locale.enabled", value="en,de", ctx=Context(MORNING, SYSTEM))
    bea = make_staff("billing", BEA)
    bea.user.locale = "de"
    bea.user.save(update_fields=["locale"])
    choose(bea, dispute_opened="digest")
    send_dispute_opened_email()
    (mail,) = digests(MORNING)
    assert mail.values["news"] == [
        "Anfechtung von 5 € für Rechnung INV-1: https://localhost:8443/admin/disputes/5"
    ]
    assert OutgoingMail.objects.get(event="dispute_opened").status == "skipped"
    assert len(digests(MORNING + timedelta(days=1))) == 1


def _takes_mails(bea: Staff) -> None:
    choose(bea, dispute_opened="mail")


def _moves(bea: Staff) -> None:
    bea.user.email = "bea@example.org"
    bea.user.save(update_fields=["email"])


def _turns_it_off(bea: Staff) -> None:
    choose(bea, dispute_opened="off")


def _loses_the_permission(bea: Staff) -> None:
    take_permissions(bea, all_but=["invoices.view"])


def _is_deactivated(bea: Staff) -> None:
    Staff.objects.filter(pk=bea.pk).update(is_active=False)


def _is_deleted(bea: Staff) -> None:
    bea.delete()


@pytest.mark.parametrize(
    ("meanwhile", "told_to", "outcome"),
    [
        (_takes_mails, [BEA], "Told in the daily digest."),
        (_moves, ["bea@example.org"], "Told in the daily digest."),
        (_turns_it_off, [], "Its reader turned it off."),
        (_loses_the_permission, [], "Its reader no longer has the permission."),
        (_is_deactivated, [], "Its reader is no longer active staff."),
        (_is_deleted, [], "Its reader is no longer active staff."),
    ],
)
def test_what_was_collected_has_an_end(
    meanwhile: Callable[[Staff], None], told_to: list[str], outcome: str
) -> None:
    bea = make_staff("billing", BEA)
    choose(bea, dispute_opened="digest")
    send_dispute_opened_email()
    meanwhile(bea)
    assert [mail.recipient for mail in digests(MORNING) if mail.values["news"]] == told_to
    collected = OutgoingMail.objects.get(event="dispute_opened", recipient=BEA)
    assert (collected.status, collected.outcome) == ("skipped", outcome)


def test_a_silent_gateway_has_a_link_for_who_may_open_its_page() -> None:
    for role in ("super_admin", "billing"):
        choose(make_staff(role, f"{role}@example.net", with_factor=False), daily_digest="mail")
    for _ in range(5):
        note_silence(remote="gateway stripe", at=MORNING)
    said = {mail.recipient: mail.values["waiting"] for mail in digests(MORNING)}
    page = ": https://localhost:8443/admin/gateways/stripe"
    [owner] = [line for line in said["super_admin@example.net"] if "(stripe)" in line]
    [clerk] = [line for line in said["billing@example.net"] if "(stripe)" in line]
    assert (owner.endswith(page), clerk.endswith(".")) == (True, True)
