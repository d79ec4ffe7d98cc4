"""`/cancel`: statements without and with signing in; what was found is told to nobody who did not sign in."""

import re
from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.http import HttpResponse

from commerce.accounts.actions.clients import change_client
from commerce.consumers.models import ConsumerStatement
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.jobs import run_all_jobs
from tests.make.records import make_domain, make_invoice, make_service
from tests.make.statements import switch_on_consumers
from tests.portal.conftest import PortalCast


@pytest.fixture(autouse=True)
def _consumers(cast: PortalCast) -> None:
    """Alice's client is a private person."""
    switch_on_consumers()
    set_setting(key="company.email", value="staff@example.com", ctx=Context(clock.now(), SYSTEM))
    change_client(client=cast.client, company="", ctx=Context(clock.now(), SYSTEM))


def send(web: HttpsTestClient, page: str, **typed: str) -> HttpResponse:
    """The form of a page, filled in and sent; the receipt."""
    key = re.search('name="key" value="([^"]+)"', web.get(page).content.decode())
    assert key
    values = {"name": "Jane Smith", "contract": "my web space", "email": "jane@example.com"}
    if page.endswith("end"):
        values["ending_kind"] = "ordinary"
    answer: Any = web.post(page, {"key": key[1], **values, **typed})
    if answer.status_code == 303:
        return web.get(answer["Location"])
    return answer


def shape(answer: HttpResponse) -> str:
    """A page without what was typed, the instant, and what differs on each answer."""
    page = answer.content.decode()
    page = re.sub(
        r'nonce-[^"]+|csrfmiddlewaretoken" value="[^"]+"|/cancel/receipt/[^"?]+', "", page
    )
    page = re.sub(r"<dd>.*?</dd>", "<dd></dd>", page, flags=re.S)
    page = re.sub(r"receipt to \S+", "", page)
    return re.sub(r"receipt%2F[^\"]+|receipt/[^\"]+", "", page)


def test_both_labels_of_the_law_stand_at_the_foot_of_every_page_and_lead_to_one_button(
    cast: PortalCast,
) -> None:
    guest, member = make_browser(), cast.browse(cast.alice)
    for web, page in ((guest, "/"), (guest, "/client/login"), (member, "/client/dashboard")):
        foot = web.get(page).content.decode().partition('class="page-footer"')[2]
        assert 'href="/cancel/withdraw">Withdraw from contract<' in foot
        assert 'href="/cancel/end">Cancel contracts here<' in foot
    for page, words in (("withdraw", "Confirm withdrawal"), ("end", "Cancel now")):
        text = guest.get(f"/cancel/{page}").content.decode()
        main = text.partition("<main")[2].partition("</main>")[0]
        assert re.findall(r"<button[^>]*>([^<]+)</button>", main) == [words]


def test_switched_off_there_is_nothing(cast: PortalCast) -> None:
    switch_on_consumers(enabled="off")
    web = make_browser()
    assert "/cancel" not in web.get("/client/login").content.decode()
    for page in ("", "/withdraw", "/end", "/receipt/x"):
        assert web.get(f"/cancel{page}").status_code == 404


def test_whatever_it_names_the_receipt_is_the_same(cast: PortalCast) -> None:
    """By number, by name, by the owner's address, and of nothing: the page and the mail tell nobody what we have."""
    domain = make_domain(cast.client)
    invoice = make_invoice(cast.client)
    named = (str(invoice), domain.domain_name, "nothing at all", "name9.example")
    emails = ("a@example.com", "b@example.com", "c@example.com", cast.alice.email)
    pages, mails = set(), set()
    for contract, email in zip(named, emails, strict=True):
        answer = send(make_browser(), "/cancel/withdraw", contract=contract, email=email)
        assert answer.status_code == 200
        assert contract in answer.content.decode()
        pages.add(shape(answer))
        sent = OutgoingMail.objects.get(event="consumer_receipt", recipient=email)
        assert contract not in str(sent.values)
        mails.add(re.sub("[0-9]", "", str(sent.values)))
        run_all_jobs(failing=True)
    assert len(pages) == len(mails) == 1
    tied = dict(ConsumerStatement.objects.values_list("contract", "client"))
    assert tied == {
        str(invoice): cast.client.pk,
        domain.domain_name: cast.client.pk,
        "nothing at all": None,
        "name9.example": cast.client.pk,
    }


def test_a_stranger_with_an_invoice_changes_nothing_and_the_owner_hears_of_it(
    cast: PortalCast,
) -> None:
    service = make_service(cast.client, domain="weber.example")
    send(make_browser(), "/cancel/end", contract="weber.example", email="mallory@example.com")
    run_all_jobs(failing=True)
    service.refresh_from_db()
    assert (service.status, service.ends_on) == ("active", None)
    statement = ConsumerStatement.objects.get()
    assert (statement.status, statement.service) == ("received", service)
    told = OutgoingMail.objects.get(event="consumer_statement_made")
    assert told.recipient == cast.alice.email
    link = f"/client/statements/{statement.pk}"
    assert [one.to for one in mail.outbox if link in one.body] == [[cast.alice.email]]
    staff = OutgoingMail.objects.get(event="consumer_statement")
    assert "ends on May 8, 2026" in staff.text
    assert make_browser().get(f"/client/statements/{statement.pk}").status_code == 302
    assert cast.browse(cast.charlie).get(f"/client/statements/{statement.pk}").status_code == 404


def test_the_owner_carries_out_what_a_stranger_stated(cast: PortalCast) -> None:
    service = make_service(cast.client, at=clock.now())
    send(make_browser(), "/cancel/end", email=cast.alice.email)
    run_all_jobs(failing=True)
    web, statement = cast.browse(cast.alice), ConsumerStatement.objects.get()
    page = f"/client/statements/{statement.pk}"
    assert "Cancel now" in web.get(page).content.decode()
    assert web.post(page, {"chosen": "service-0"}).status_code == 422
    web.post(page, {"chosen": f"service-{service.pk}"})
    service.refresh_from_db()
    assert service.ends_on == service.next_due_date
    assert "Your contract ends on" in web.get(page).content.decode()


def test_signed_in_an_ending_is_carried_out_at_once(cast: PortalCast) -> None:
    service = make_service(cast.client, at=clock.now())
    web = cast.browse(cast.alice)
    answer = send(web, "/cancel/end", chosen=f"service-{service.pk}", contract="")
    assert "Your contract ends on" in answer.content.decode()
    service.refresh_from_db()
    assert service.ends_on == service.next_due_date
    run_all_jobs(failing=True)
    events = set(OutgoingMail.objects.values_list("event", flat=True))
    assert {"consumer_receipt", "consumer_statement_carried_out"} <= events
    assert not events & {"consumer_statement", "consumer_statement_made"}


def test_a_company_and_a_withdrawal_wait_for_staff(cast: PortalCast) -> None:
    service = make_service(cast.client, at=clock.now())
    web = cast.browse(cast.alice)
    send(web, "/cancel/withdraw", chosen=f"service-{service.pk}")
    change_client(client=cast.client, company="Acme Ltd", ctx=Context(clock.now(), SYSTEM))
    send(web, "/cancel/end", chosen=f"service-{service.pk}")
    run_all_jobs(failing=True)
    assert set(ConsumerStatement.objects.values_list("status", flat=True)) == {"received"}
    assert OutgoingMail.objects.filter(event="consumer_statement").count() == 2


def test_a_member_of_another_client_cannot_name_this_ones_contract(cast: PortalCast) -> None:
    service = make_service(cast.client)
    answer = send(cast.browse(cast.charlie), "/cancel/end", chosen=f"service-{service.pk}")
    assert not ConsumerStatement.objects.exclude(service=None).exists()
    assert answer.status_code in (200, 422)


def test_five_an_hour_from_a_network_and_for_an_address(cast: PortalCast) -> None:
    for n in range(5):
        assert send(make_browser(), "/cancel/end", email=f"a{n}@example.com").status_code == 200
    assert send(make_browser(), "/cancel/end", email="b@example.com").status_code == 429
    assert ConsumerStatement.objects.count() == 5


def test_sent_twice_it_is_one_statement(cast: PortalCast) -> None:
    web = make_browser()
    values = {"key": "k" * 30, "name": "Jane", "contract": "x", "email": "jane@example.com"}
    for _ in range(2):
        assert web.post("/cancel/withdraw", values).status_code == 303
    assert ConsumerStatement.objects.count() == 1
    assert OutgoingMail.objects.filter(event="consumer_receipt").count() == 1


def test_a_cause_and_a_day_are_asked_for_where_they_belong(cast: PortalCast) -> None:
    answer = send(make_browser(), "/cancel/end", ending_kind="for_cause")
    assert answer.status_code == 422
    answer = send(
        make_browser(),
        "/cancel/end",
        ending_kind="for_cause",
        cause="Down for a week",
        wished_on="2030-01-31",
    )
    assert answer.status_code == 200
    statement = ConsumerStatement.objects.get()
    assert (statement.cause, statement.wished_on) == ("Down for a week", date(2030, 1, 31))


def test_the_button_is_labelled_as_german_law_has_it(cast: PortalCast) -> None:
    """§ 312k (2) BGB: not the words by which a service is ended at once."""
    set_setting(key="locale.enabled", value="en,de", ctx=Context(clock.now(), SYSTEM))
    web, labels = make_browser(), {"withdraw": "Widerruf bestätigen", "end": "Jetzt kündigen"}
    for page, words in labels.items():
        text = web.get(f"/cancel/{page}", headers={"accept-language": "de"}).content.decode()
        assert re.findall(r"<button[^>]*>([^<]+)</button>", text.partition("<main")[2]) == [words]


def test_the_receipt_of_an_ending_says_how_and_for_when(cast: PortalCast) -> None:
    """§ 312k (4) BGB; and whoever did not sign in changed nothing by it."""
    send(make_browser(), "/cancel/end", wished_on="2030-01-31", email="a@example.com")
    send(make_browser(), "/cancel/withdraw", email="b@example.com")
    service = make_service(cast.client, at=clock.now())
    web = cast.browse(cast.alice)
    send(web, "/cancel/end", chosen=f"service-{service.pk}", email="c@example.com")
    run_all_jobs(failing=True)
    texts = {one.to[0]: one.body for one in mail.outbox if one.to[0].endswith("@example.com")}
    ending, withdrawal, own = (texts[f"{name}@example.com"] for name in "abc")
    assert "Type of cancellation: Ordinary cancellation\nEnd date: Jan 31, 2030\n" in ending
    assert "End date: As early as possible" in own
    assert "End date" not in withdrawal
    nothing = "nothing changes by itself"
    assert [nothing in text for text in (ending, withdrawal, own)] == [True, True, False]


def test_a_member_chooses_a_contract_and_none_is_chosen_for_them(cast: PortalCast) -> None:
    services = [make_service(cast.client, at=clock.now(), label="Web space") for _ in range(2)]
    web = cast.browse(cast.alice)
    text = web.get("/cancel/end").content.decode()
    assert re.findall(r'<option value="([^"]*)" selected', text) == [""]
    assert all(f"Web space (#{one.pk})" in text for one in services)
    assert send(web, "/cancel/end", chosen="", contract="").status_code == 422
    assert send(web, "/cancel/end", chosen="other", contract="").status_code == 422
    assert not ConsumerStatement.objects.exists()
    assert send(web, "/cancel/end", chosen="other", contract="all of it").status_code == 200
    assert ConsumerStatement.objects.get().contract == "all of it"


def test_an_owner_ends_each_contract_that_somebody_meant(cast: PortalCast) -> None:
    services = [make_service(cast.client, at=clock.now()) for _ in range(3)]
    send(make_browser(), "/cancel/end", contract="everything", email=cast.alice.email)
    run_all_jobs(failing=True)
    web, first = cast.browse(cast.alice), ConsumerStatement.objects.get()
    page = f"/client/statements/{first.pk}"
    web.post(page, {"chosen": [f"service-{one.pk}" for one in services[:2]]})
    other = ConsumerStatement.objects.exclude(pk=first.pk).get()
    assert (other.made_at, other.contract, other.part_of) == (first.made_at, "everything", first)
    assert f'href="/client/statements/{other.pk}"' in web.get(page).content.decode()
    for service in services:
        service.refresh_from_db()
    assert [one.ends_on == one.next_due_date for one in services] == [True, True, False]
    assert OutgoingMail.objects.filter(event="consumer_receipt").count() == 1


def test_an_owner_does_not_judge_their_own_cause(cast: PortalCast) -> None:
    """It would end the contract today and give its rest back: staff look first, as where it is stated signed in."""
    service = make_service(cast.client, at=clock.now())
    cause = {"ending_kind": "for_cause", "cause": "Down for a week"}
    web = cast.browse(cast.alice)
    send(web, "/cancel/end", chosen="other", email=cast.alice.email, **cause)
    run_all_jobs(failing=True)
    statement = ConsumerStatement.objects.get()
    page = f"/client/statements/{statement.pk}"
    web.post(page, {"chosen": f"service-{service.pk}"})
    assert "We&#x27;ll carry it out by the end" in web.get(page).content.decode()
    service.refresh_from_db()
    statement.refresh_from_db()
    assert (service.status, service.ends_on, statement.status) == ("active", None, "received")
    assert statement.confirmed_at is not None
