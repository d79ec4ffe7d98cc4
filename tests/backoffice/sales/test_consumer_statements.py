"""`/admin/consumer-statements` and `commerce statement`: staff read, record, tie, carry out and answer."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail

from commerce.consumers.models import ConsumerStatement
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from commerce.support.models import WithdrawalInstruction
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.plan_changes import bought, change, plan, wish
from tests.make.records import make_group
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send
from tests.make.statements import state, switch_on_consumers

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Iterator[HttpsTestClient]:
    switch_on_consumers()
    with clock.freeze_time(make.AT):
        yield staff_browser(make_staff("admin"))


def test_staff_tie_and_carry_out_what_somebody_described_in_words(admin: HttpsTestClient) -> None:
    service, statement = make.make_service(), state()
    page = f"/admin/consumer-statements/{statement.pk}"
    assert "1 consumer statement to decide" in admin.get("/admin/dashboard").content.decode()
    assert send(admin, f"{page}/carry-out", own_password=make.PASSWORD).status_code == 409
    assert send(admin, f"{page}/tie", contract="nobody.example").status_code == 422
    send(admin, f"{page}/tie", contract=str(service.pk))
    assert "ends on May 8, 2026" in admin.get(page).content.decode()
    send(admin, f"{page}/carry-out", own_password=make.PASSWORD)
    service.refresh_from_db()
    statement.refresh_from_db()
    assert (statement.status, service.ends_on) == ("carried_out", service.next_due_date)
    assert "to decide" not in admin.get("/admin/dashboard").content.decode()


def test_staff_read_what_to_do_where_only_a_plan_change_is_meant(admin: HttpsTestClient) -> None:
    group = make_group()
    [service] = bought(wish(plan(group, 3_000)))
    statement = state("withdrawal", about=service, at=make.AT + timedelta(hours=1))
    page, told = f"/admin/consumer-statements/{statement.pk}", "If they mean only the change"
    assert told not in admin.get(page).content.decode()
    done = change(service, plan(group, 6_000))
    shown = admin.get(page).content.decode()
    assert told in shown
    assert f"credit what is left of invoice {done.invoice}" in shown


def test_staff_record_a_letter_and_answer_it(admin: HttpsTestClient) -> None:
    send(
        admin,
        "/admin/consumer-statements/record",
        kind="withdrawal",
        name="Jane Smith",
        words="the order of last week",
        email="jane@example.com",
        sent_on="2026-04-01",
        ending_kind="ordinary",
    )
    statement = ConsumerStatement.objects.get()
    assert (statement.channel, str(statement.made_at.date())) == ("staff", "2026-04-01")
    send(admin, f"/admin/consumer-statements/{statement.pk}/answer", answer="Which order?")
    run_all_jobs(failing=True)
    assert any("Which order?" in one.body and one.to == ["jane@example.com"] for one in mail.outbox)


def test_support_sees_none_of_it() -> None:
    web = staff_browser(make_staff("support"))
    assert web.get("/admin/consumer-statements").status_code == 403


def test_an_edit_of_the_instruction_is_a_new_version(admin: HttpsTestClient) -> None:
    form = admin.get("/admin/withdrawal-instructions/new?locale=de").context["form"]
    texts = {name: form.initial[name] for name in ("locale", "instruction", "model_form")}
    assert "Sie haben das Recht, binnen {days} Tagen" in texts["instruction"]
    wrong = send(
        admin, "/admin/withdrawal-instructions/new", **texts | {"model_form": "To {nobody}"}
    )
    assert wrong.status_code == 422
    for _again in range(2):
        send(admin, "/admin/withdrawal-instructions/new", **texts)
    assert WithdrawalInstruction.objects.filter(locale="de").count() == 2


def test_staff_carry_out_each_contract_of_one_statement(admin: HttpsTestClient) -> None:
    """With the instant and the words of the one, and one receipt; the same contract again is the same."""
    client = make.make_client()
    first, second = make.make_service(client), make.make_service(client)
    statement = state(contract="everything", at=make.AT - timedelta(days=1))
    page = "/admin/consumer-statements"
    more = f"{page}/{statement.pk}/add-contract"
    assert send(admin, more, contract=str(second.pk)).status_code == 409
    send(admin, f"{page}/{statement.pk}/tie", contract=str(first.pk))
    send(admin, f"{page}/{statement.pk}/carry-out", own_password=make.PASSWORD)
    assert f"(#{second.pk})" in admin.get(more).content.decode()
    for contract in (second, first, second):
        send(admin, more, contract=f"#{contract.pk}")
    other = ConsumerStatement.objects.exclude(pk=statement.pk).get()
    assert (other.made_at, other.contract) == (statement.made_at, "everything")
    assert f"(#{second.pk})" in admin.get(f"{page}/{statement.pk}").content.decode()
    send(admin, f"{page}/{other.pk}/carry-out", own_password=make.PASSWORD)
    for service in (first, second):
        service.refresh_from_db()
        assert service.ends_on == service.next_due_date
    assert OutgoingMail.objects.filter(event="consumer_receipt").count() == 1


def test_the_receipt_of_a_letter_is_in_the_clients_language(admin: HttpsTestClient) -> None:
    service = make.make_service(make.make_client(locale="de"))
    send(
        admin,
        "/admin/consumer-statements/record",
        kind="ending",
        name="Jane Smith",
        words="web space",
        contract=str(service.pk),
        email="jane@example.com",
        sent_on="2026-04-01",
        ending_kind="ordinary",
    )
    assert ConsumerStatement.objects.get().locale == "de"
