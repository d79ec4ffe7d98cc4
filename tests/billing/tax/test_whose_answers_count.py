"""billing.md 5: who is exempt and until when, whose number is asked about, and which answer counts for it."""

from datetime import date, timedelta

import pytest

from commerce.accounts.actions.clients import close_client
from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.billing.models import VatCheck
from commerce.billing.tax.actions import (
    check_vat_number,
    clients_with_old_vat_check,
    mark_vat_number_valid,
)
from commerce.billing.tax.jobs import check_changed_vat_number
from commerce.billing.tax.queries import (
    tax_buyer_without_vat,
    taxation_for_client,
    vat_answers,
)
from commerce.billing.tax.steps import check_vat_number_of, find_clients_to_check
from commerce.jobs.handlers import JobRun, RetryLater
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests.doubles import vies as double
from tests.make.people import AT, make_client
from tests.make.records import make_service
from tests.make.vat_clients import SWEDISH, make_swede

pytestmark = pytest.mark.django_db
TODAY = AT.date()
CTX = Context(AT, SYSTEM)


def prefer(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=CTX)


def another_swede() -> Client:
    return make_client(country="SE", tax_id=SWEDISH, company="Lindqvist")


@pytest.mark.parametrize(
    ("over", "day", "reason"),
    [
        ({}, TODAY, ""),
        ({"tax_exempt_reason": "Charity"}, TODAY, ""),
        ({"tax_exempt": True}, TODAY, "Exempt from tax"),
        ({"tax_exempt": True, "tax_exempt_reason": "Charity"}, TODAY, "Charity"),
        ({"tax_exempt": True, "tax_exempt_until": TODAY}, TODAY, "Exempt from tax"),
        ({"tax_exempt": True, "tax_exempt_until": TODAY}, TODAY + timedelta(days=1), ""),
    ],
)
def test_a_client_is_exempt_through_the_last_day(
    over: dict[str, object], day: date, reason: str
) -> None:
    client = make_client()
    Client.objects.filter(pk=client.pk).update(**over)
    client.refresh_from_db()
    assert tax_buyer_without_vat(client, day).exempt_reason == reason


@pytest.mark.parametrize(
    ("over", "business"),
    [({}, False), ({"company": "Acme"}, True), ({"tax_id": "DE136695976"}, True)],
)
def test_a_company_or_a_tax_number_makes_a_business(
    *, over: dict[str, str], business: bool
) -> None:
    assert tax_buyer_without_vat(make_client(**over), TODAY).is_business == business


def test_an_answer_is_about_its_number_and_a_silence_takes_none_back(
    stand: double.FakeVies,
) -> None:
    swede = make_swede()
    check = check_vat_number(number=SWEDISH, client=swede, ctx=CTX)
    assert vat_answers(swede.pk, SWEDISH, TODAY) == (check, check)
    assert vat_answers(swede.pk, "DE136695976", TODAY) == (None, None)
    stand.says(double.UNAVAILABLE)
    silent = check_vat_number(
        number=SWEDISH, client=swede, ctx=Context(AT + timedelta(hours=1), SYSTEM)
    )
    assert vat_answers(swede.pk, SWEDISH, TODAY) == (check, silent)
    assert taxation_for_client(swede, TODAY).evidence["vat"]["check"] == check.pk


def test_each_answer_and_each_word_of_staff_is_in_the_audit_log(stand: double.FakeVies) -> None:
    swede = make_swede()
    check = check_vat_number(number=SWEDISH, client=swede, ctx=CTX)
    vouched = mark_vat_number_valid(client=swede, evidence=" Seen ", ctx=CTX)
    entries = AuditEntry.objects.filter(record_kind="vat_check").order_by("pk")
    assert [(e.action, e.record_id, e.after, e.reason, e.staff_only) for e in entries] == [
        ("vat_check.checked", check.pk, {"answer": "valid"}, "", True),
        ("vat_check.marked_valid", vouched.pk, {"answer": "valid"}, "Seen", True),
    ]
    assert {(e.client_id, e.record_name) for e in entries} == {(swede.pk, SWEDISH)}


def run_for(client: Client, number: str) -> JobRun:
    return JobRun(
        job_id=1,
        subject_kind="client",
        subject_id=client.pk,
        action="client.check_vat",
        idempotency_key="x",
        args={"number": number},
        at=AT,
        created_at=AT,
        tries=0,
        claim="",
    )


def test_a_changed_number_is_asked_about_while_it_is_that_client_s(
    stand: double.FakeVies,
) -> None:
    swede = make_swede()
    make_client(country="DE", tax_id="DE136695976")
    check_changed_vat_number(run_for(swede, "SE556677889902"))  # it was changed again
    assert stand.asked == []
    check_changed_vat_number(run_for(swede, swede.tax_id))
    assert VatCheck.objects.get().client == swede
    stand.says(double.UNAVAILABLE)
    with pytest.raises(RetryLater) as later:
        check_changed_vat_number(run_for(swede, swede.tax_id))
    assert later.value.seconds == 1800
    prefer("tax.vies_enabled", "off")
    check_changed_vat_number(run_for(swede, swede.tax_id))
    assert len(stand.asked) == 2


@pytest.mark.parametrize("key", ["tax.enabled", "tax.vies_enabled"])
def test_nobody_is_asked_about_where_the_answer_changes_nothing(key: str) -> None:
    swede, closed = make_swede(), another_swede()
    make_client(country="SE")
    close_client(client=closed, reason="left", ctx=CTX)
    assert list(clients_with_old_vat_check(Client.objects.all(), TODAY)) == [swede.pk]
    prefer(key, "off")
    assert list(clients_with_old_vat_check(Client.objects.all(), TODAY)) == []


def test_the_run_asks_for_those_whom_it_bills_and_counts_what_was_answered(
    stand: double.FakeVies,
) -> None:
    swede, free = make_swede(), another_swede()
    make_service(swede)
    make_service(free, amount=0)
    due = RunDay(date(2026, 5, 8), AT + timedelta(days=30), Actor("system"))
    assert list(find_clients_to_check(due)) == [swede]
    assert check_vat_number_of(swede.pk, due) == {"valid": 1}
    assert check_vat_number_of(swede.pk, due) == {}
