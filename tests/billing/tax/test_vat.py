"""billing.md 5.4: answers about VAT numbers, how long they count, and what a silent or hostile service changes."""

import json
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.accounts.actions.clients import change_client
from commerce.accounts.models import Client
from commerce.accounts.vat import VatNumber
from commerce.billing.models import CreditNote, Invoice, VatCheck
from commerce.billing.periods.actions.domain_renewals import domains_due_for_renewal
from commerce.billing.periods.actions.dunning import add_late_fee, mark_overdue
from commerce.billing.tax.actions import (
    check_vat_number,
    mark_vat_number_valid,
    refresh_vat_check,
    renew_vat_check,
)
from commerce.billing.tax.queries import taxation_for_client
from commerce.billing.tax.steps import find_clients_to_check
from commerce.billing.tax.vies import ViesClient
from commerce.daily_steps import DAILY_STEPS
from commerce.domains.actions.editing import set_auto_renew
from commerce.domains.actions.tlds import set_tld
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import waits_counted_by
from commerce.kit.request_cache import cached_for_request
from commerce.mail.models import OutgoingMail
from commerce.runs.dry_run import preview_run
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests.doubles import vies as double
from tests.doubles.hostile import packed
from tests.make.jobs import run_all_jobs
from tests.make.people import AT, make_client
from tests.make.records import make_domain, make_invoice, make_service
from tests.make.vat_clients import SWEDISH, make_swede

TODAY = AT.date()
NUMBER = SWEDISH


@pytest.fixture
def swede(db: None) -> Client:
    return make_swede()


def prefer(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))


def ask(client: Client, at: datetime = AT) -> VatCheck:
    return check_vat_number(number=NUMBER, client=client, ctx=Context(at, SYSTEM))


def asked_on(day: date) -> list[int]:
    """The clients whom the step ``vat`` asks about on a day."""
    return [
        client.pk
        for client in find_clients_to_check(RunDay(day, datetime.combine(day, AT.timetz())))
    ]


def category(client: Client, on: date = TODAY) -> str:
    return taxation_for_client(client, on).taxes(["hosting"])[0].category


def test_a_valid_answer_gives_reverse_charge_and_is_kept_as_evidence(
    swede: Client, stand: double.FakeVies
) -> None:
    assert category(swede) == "S"
    check = ask(swede)
    assert stand.asked == [
        {
            "countryCode": "SE",
            "vatNumber": "556677889901",
            "requesterMemberStateCode": "IE",
            "requesterNumber": "6433435F",
        }
    ]
    assert (check.answer, check.name) == ("valid", "LINDQVIST DESIGN AB")
    assert check.consultation_number == "WAPIAAAAZ1234567"
    assert check.address == "SKEPPSBRON 20 111 30 STOCKHOLM"
    assert check.raw == double.VALID
    assert category(swede) == "AE"
    vat = taxation_for_client(swede, TODAY).evidence["vat"]
    assert vat["number"] == NUMBER
    assert vat["consultation_number"] == "WAPIAAAAZ1234567"


def test_without_a_number_of_the_seller_none_is_sent(swede: Client, stand: double.FakeVies) -> None:
    prefer("company.tax_id", "")
    ask(swede)
    assert stand.asked == [{"countryCode": "SE", "vatNumber": "556677889901"}]


def test_an_answer_counts_for_the_days_of_the_setting(
    swede: Client, stand: double.FakeVies
) -> None:
    ask(swede)
    assert category(swede, TODAY + timedelta(days=30)) == "AE"
    assert category(swede, TODAY + timedelta(days=31)) == "S"
    prefer("tax.vies_cache_days", "5")
    assert category(swede, TODAY + timedelta(days=6)) == "S"


def test_an_invalid_answer_ends_reverse_charge_and_the_client_is_told_once(
    swede: Client, stand: double.FakeVies
) -> None:
    ask(swede)
    stand.says(double.INVALID)
    for hours in (1, 2):
        assert ask(swede, AT + timedelta(hours=hours)).answer == "invalid"
    assert category(swede) == "S"
    assert taxation_for_client(swede, TODAY).unchecked_vat_number == ""
    mails = OutgoingMail.objects.filter(event="vat_number_invalid", recipient=swede.email)
    assert mails.count() == 1


SILENT = [
    (double.UNAVAILABLE, 200),
    (double.UNAVAILABLE, 500),
    (double.BLOCKED, 200),
    (b"<html>Bad gateway</html>", 502),
    (b"", 200),
    (b"[" * 100_000, 200),
    (b"x" * 200_000, 200),
    (b"\xff\xfe{}", 200),
    ([], 200),
    ({"valid": "true"}, 200),
    ({"valid": None}, 200),
]


@pytest.mark.parametrize(("reply", "status"), SILENT)
def test_whatever_is_no_answer_is_silence(
    swede: Client, stand: double.FakeVies, *, reply: object, status: int
) -> None:
    stand.says(reply, status=status)
    assert ask(swede).answer == "unavailable"
    found = taxation_for_client(swede, TODAY)
    assert found.taxes(["hosting"])[0].rate_milli == 25_000
    assert NUMBER in found.unchecked_vat_number
    assert found.evidence["vat"]["answer"] == "unavailable"


def test_a_silent_service_takes_no_valid_answer_back(swede: Client, stand: double.FakeVies) -> None:
    ask(swede)
    stand.says(double.UNAVAILABLE)
    ask(swede, AT + timedelta(hours=1))
    assert category(swede) == "AE"
    assert taxation_for_client(swede, TODAY).unchecked_vat_number == ""


def test_a_slow_service_is_silence_after_the_limit(stand: double.FakeVies) -> None:
    stand.pause = 1  # a byte in each second: no single read is slow
    reply = ViesClient(stand.url, seconds=2).check(VatNumber("SE", NUMBER), None)
    assert reply.answer == "unavailable"


def test_a_packed_reply_is_read(stand: double.FakeVies) -> None:
    """It was asked for, and then taken for damage."""
    stand.says(packed(json.dumps(double.VALID).encode()), encoding="gzip")
    reply = ViesClient(stand.url).check(VatNumber("SE", NUMBER), None)
    assert (reply.answer, reply.name) == ("valid", "LINDQVIST DESIGN AB")
    assert stand.accepted == "gzip, identity"


def test_a_reply_that_is_packed_twice_is_silence(stand: double.FakeVies) -> None:
    stand.says(packed(packed(b" " * 10_000_000)), encoding="gzip, gzip")
    reply = ViesClient(stand.url).check(VatNumber("SE", NUMBER), None)
    assert (reply.answer, list(reply.raw)) == ("unavailable", ["error"])


def test_nobody_there_is_silence() -> None:
    reply = ViesClient("http://127.0.0.1:1/").check(VatNumber("SE", NUMBER), None)
    assert (reply.answer, list(reply.raw)) == ("unavailable", ["error"])


def test_text_of_the_reply_is_cut_to_what_a_row_holds(
    swede: Client, stand: double.FakeVies
) -> None:
    long = {"name": "N" * 5000, "address": 7, "requestIdentifier": "\0\ud800" + "R" * 500}
    stand.says(double.VALID | long)
    check = ask(swede)
    check.refresh_from_db()
    assert (len(check.name), check.address, len(check.consultation_number)) == (300, "", 50)


@pytest.mark.django_db(transaction=True)
def test_nobody_is_asked_within_a_transaction(stand: double.FakeVies) -> None:
    client = make_client(country="SE", tax_id=NUMBER)
    with pytest.raises(RuntimeError), transaction.atomic():
        ask(client)
    assert stand.asked == []


def test_asking_is_counted_for_whoever_waits(swede: Client, stand: double.FakeVies) -> None:
    """A member who typed one number after the other had a page wait for each of them."""

    def refuse() -> AbstractContextManager[None]:
        raise TimeoutError("waited too much")

    with waits_counted_by(refuse), pytest.raises(TimeoutError):
        ask(swede)
    assert stand.asked == []


def test_with_the_service_off_only_staff_s_word_counts(
    swede: Client, stand: double.FakeVies
) -> None:
    ask(swede)
    prefer("tax.vies_enabled", "off")
    assert category(swede) == "S"
    assert taxation_for_client(swede, TODAY).unchecked_vat_number == ""
    mark_vat_number_valid(client=swede, evidence="Extract of the register", ctx=Context(AT, SYSTEM))
    assert category(swede) == "AE"
    assert taxation_for_client(swede, TODAY).evidence["vat"]["by_staff"] is True
    assert category(swede, TODAY + timedelta(days=31)) == "S"


def test_staff_s_word_is_about_their_client_only(swede: Client) -> None:
    mark_vat_number_valid(client=swede, evidence="Extract of the register", ctx=Context(AT, SYSTEM))
    assert category(make_client(country="SE", tax_id=NUMBER)) == "S"


def test_staff_s_word_needs_evidence_and_a_number(swede: Client) -> None:
    with pytest.raises(BusinessError):
        mark_vat_number_valid(client=swede, evidence=" ", ctx=Context(AT, SYSTEM))
    with pytest.raises(BusinessError):
        mark_vat_number_valid(client=make_client(), evidence="seen", ctx=Context(AT, SYSTEM))


def test_a_changed_number_is_asked_about_in_the_background(
    swede: Client, stand: double.FakeVies
) -> None:
    run_all_jobs(AT)
    assert [asked["countryCode"] for asked in stand.asked] == ["SE"]
    change_client(client=swede, city="Malmö", ctx=Context(AT + timedelta(hours=1), SYSTEM))
    assert not Job.objects.filter(action="client.check_vat", status="queued").exists()
    later = AT + timedelta(hours=2)
    change_client(client=swede, tax_id="DE136695976", country="DE", ctx=Context(later, SYSTEM))
    run_all_jobs(later)
    assert [asked["countryCode"] for asked in stand.asked] == ["SE", "DE"]


def test_an_invoice_asks_again_only_when_the_answer_is_too_old(
    swede: Client, stand: double.FakeVies
) -> None:
    for at in (AT, AT + timedelta(days=30), AT + timedelta(days=31)):
        refresh_vat_check(client=swede, ctx=Context(at, SYSTEM))
    assert len(stand.asked) == 2
    stand.says(double.UNAVAILABLE)
    for minutes in (0, 5, 10):
        at = AT + timedelta(days=100, minutes=minutes)
        refresh_vat_check(client=swede, ctx=Context(at, SYSTEM))
    assert len(stand.asked) == 4


def test_nobody_is_asked_where_no_number_decides(db: None, stand: double.FakeVies) -> None:
    prefer("company.country", "IE")
    for over in ({"country": "SE"}, {"country": "IE", "tax_id": "IE6433435F"}, {"country": "US"}):
        refresh_vat_check(client=make_client(**over), ctx=Context(AT, SYSTEM))
    assert stand.asked == []


def test_the_daily_run_asks_once_a_day_for_those_who_are_billed_soon(
    swede: Client, stand: double.FakeVies
) -> None:
    make_service(swede)
    make_client(country="SE", tax_id=NUMBER)
    due = date(2026, 5, 8)
    assert asked_on(due - timedelta(days=8)) == []
    day = due - timedelta(days=7)
    assert asked_on(day) == [swede.pk]
    stand.says(double.UNAVAILABLE)
    at = datetime.combine(day, AT.timetz())
    assert [
        renew_vat_check(client_id=swede.pk, day=day, ctx=Context(at, SYSTEM)) for _ in range(3)
    ] == [
        "unavailable",
        "",
        "",
    ]
    assert len(stand.asked) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("clients", [2, 4])
def test_a_dry_run_looked_at_every_number_again_for_every_client(clients: int) -> None:
    for key, value in (("company.country", "DE"), ("company.tax_id", "DE136695976")):
        prefer(key, value)
    for _ in range(clients):
        make_service(make_client(country="SE", tax_id=NUMBER))
    day = date(2026, 5, 1)
    with CaptureQueriesContext(connection) as asked:
        report = preview_run(
            DAILY_STEPS,
            day=RunDay(day, datetime.combine(day, AT.timetz())),
            numbered=(Invoice, CreditNote),
        )
    assert [step.counts for step in report.steps if step.name == "vat"] == [{"questions": clients}]
    # Once to find who is asked about, once to bill him.
    assert sum('FROM "billing_vatcheck"' in one["sql"] for one in asked) == 2 * clients


def test_a_domain_is_asked_about_when_it_is_billed(swede: Client) -> None:
    """The days of its TLD and its next due date count, as for the renewal; it was the setting and the expiry."""
    domain = make_domain(swede)
    assert domain.next_due_date is not None
    set_tld(tld=domain.tld, is_active=False, renew_advance_days=60, ctx=Context(AT, SYSTEM))
    day = domain.next_due_date - timedelta(days=60)
    assert asked_on(day - timedelta(days=1)) == []
    assert asked_on(day) == [swede.pk] == [one.client_id for one in domains_due_for_renewal(day)]
    set_auto_renew(domain=domain, enabled=False, ctx=Context(AT, SYSTEM))
    assert asked_on(day) == []


def test_a_fee_with_tax_for_a_late_invoice_needs_an_answer_too(swede: Client) -> None:
    invoice = make_invoice(swede)
    assert invoice.due_date is not None
    late = invoice.due_date + timedelta(days=1)
    prefer("billing.late_fee_amount", "EUR 5.00")
    prefer("billing.late_fee_kind", "fixed")
    assert asked_on(late) == []
    prefer("billing.late_fee_tax", "on")
    assert asked_on(late - timedelta(days=1)) == []
    assert asked_on(late) == [swede.pk]
    mark_overdue(invoice=invoice, ctx=Context(AT + timedelta(days=20), SYSTEM))
    assert asked_on(late) == [swede.pk]
    add_late_fee(invoice=invoice, ctx=Context(AT + timedelta(days=20), SYSTEM))
    assert asked_on(late) == []


def test_a_fee_without_tax_says_nothing_about_tax(swede: Client) -> None:
    """It said that tax is charged, and charged none."""
    prefer("billing.late_fee_amount", "EUR 5.00")
    prefer("billing.late_fee_kind", "fixed")
    invoice = make_invoice(swede, "overdue")
    fee = add_late_fee(invoice=invoice, ctx=Context(AT + timedelta(days=20), SYSTEM))
    assert fee is not None
    assert (fee.tax_amount, fee.notes) == (0, "")


def test_staff_hear_once_a_day_that_the_service_is_down(
    swede: Client, stand: double.FakeVies
) -> None:
    prefer("company.email", "office@harbour.example")
    ask(swede)
    assert not OutgoingMail.objects.filter(event="vat_service_down").exists()
    stand.says(double.UNAVAILABLE)
    for hours in (1, 2, 24):
        ask(swede, AT + timedelta(hours=hours))
    mails = OutgoingMail.objects.filter(event="vat_service_down")
    assert [mail.recipient for mail in mails] == ["office@harbour.example"] * 2


@pytest.mark.parametrize(
    ("code", "own"), [("INVALID_INPUT", ""), ("INVALID_REQUESTER_INFO", "IE6433435F")]
)
@pytest.mark.parametrize("by_list", [True, False])
def test_a_number_that_the_service_does_not_take_as_one_is_told_once_with_the_code(
    swede: Client, stand: double.FakeVies, code: str, own: str, *, by_list: bool
) -> None:
    """An operator's wrong own number made each check wait for ever, without a word."""
    prefer("company.email", "office@harbour.example")
    errors = {"actionSucceed": False, "errorWrappers": [{"error": code}]}
    stand.says(errors if by_list else double.INVALID | {"userError": code})
    for hours in (0, 1, 48):
        assert ask(swede, AT + timedelta(hours=hours)).answer == "unavailable"
    mail = OutgoingMail.objects.get(event="vat_check_refused")
    said = {name: mail.values[name] for name in ("tax_id", "code", "own_tax_id")}
    assert said == {"tax_id": NUMBER, "code": code, "own_tax_id": own}
    assert not OutgoingMail.objects.filter(event="vat_service_down").exists()
    enqueue(("client", swede.pk), "client.check_vat", "1", AT, {"number": swede.tax_id})
    run_all_jobs(AT)  # it is not put off: the answer would be the same


def test_many_clients_cost_one_statement_each(
    swede: Client, stand: double.FakeVies, django_assert_num_queries: Any
) -> None:
    ask(swede)
    home = make_client(country="IE")
    with cached_for_request():
        taxation_for_client(home, TODAY)  # settings and rules
        with django_assert_num_queries(0):
            taxation_for_client(home, TODAY)
        with django_assert_num_queries(1):  # the answers about the number
            taxation_for_client(swede, TODAY)
