"""`/client/payment-methods` as members see it: add, default, remove, autopay, upcoming charges (portal.md 3)."""

from datetime import date, timedelta

import pytest

from commerce.accounts.actions.client_flags import set_autopay
from commerce.accounts.models import Client
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.card_setups import expire_card_setups
from commerce.payments.consents import card_consent_text
from commerce.payments.gateways.contract import CardReport
from commerce.payments.models import CardSetup, SavedCard
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.site_settings.actions import set_setting
from tests.doubles.gateway import FakeProvider
from tests.make.browser import HttpsTestClient
from tests.make.cards import CTX, at, keep, night
from tests.make.people import AT, PASSWORD
from tests.make.records import make_invoice
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.usefixtures("proven")
PATH = "/client/payment-methods"


@pytest.fixture
def web(provider: FakeProvider, cast: PortalCast) -> HttpsTestClient:
    """Bob, who pays."""
    return cast.browse(cast.bob)


def page(web: HttpsTestClient, path: str = PATH) -> str:
    return web.get(path).content.decode()


def start(web: HttpsTestClient) -> CardSetup:
    answer = web.post(f"{PATH}/add", {"gateway": "fake", "consent": "on"}, follow=False)
    setup = CardSetup.objects.latest("pk")
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"https://pay.example.net/{setup.idempotency_key}",
    )
    return setup


def test_the_empty_page_says_what_to_do(web: HttpsTestClient) -> None:
    assert "No saved payment methods" in page(web)
    assert f'href="{PATH}/add"' in page(web)
    assert "Autopay" not in page(web)


def test_the_empty_page_promises_nothing_while_autopay_is_off(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    assert "your invoices are paid automatically" in page(web)
    set_autopay(client=cast.client, on=False, ctx=Context(AT, SYSTEM))
    text = page(web)
    assert "your invoices are paid automatically" not in text
    assert "then turn on autopay to pay your invoices automatically" in text


def test_without_a_gateway_that_saves_any_it_says_so(cast: PortalCast) -> None:
    web = cast.browse(cast.bob)
    text = page(web)
    assert "Pay each invoice from its page." in text
    assert f"{PATH}/add" not in text
    assert web.get(f"{PATH}/add", follow=False)["Location"] == PATH


def test_the_gateway_that_a_program_asked_for_is_chosen(web: HttpsTestClient) -> None:
    for asked in ("fake", "nowhere"):
        assert 'name="gateway" value="fake"' in page(web, f"{PATH}/add?gateway={asked}")


def test_from_the_consent_to_the_saved_card(web: HttpsTestClient, provider: FakeProvider) -> None:
    """What was agreed to is what the page said, in the reader's words."""
    answer = web.get(f"{PATH}/add")
    assert card_consent_text() in answer.content.decode()
    assert "form-action 'self' https://pay.example.net;" in answer["Content-Security-Policy"]
    setup = start(web)
    provider.save(str(setup.reference))
    result = f"{PATH}/return/{setup.pk}"
    waits = web.get(result)
    assert waits["Refresh"] == f"2; url={result}?look=1"
    assert "Confirming your payment method" in waits.content.decode()
    run_due_jobs(at=AT)
    assert "Payment method saved" in page(web, result)
    assert "Refresh" not in web.get(result)
    text = page(web)
    assert "Visa •••• 4242" in text
    assert "Default" in text
    assert SavedCard.objects.get().consent_text == card_consent_text()


def test_without_the_consent_nothing_is_begun(web: HttpsTestClient) -> None:
    answer = web.post(f"{PATH}/add", {"gateway": "fake"})
    assert answer.status_code == 422
    assert "Check the box to save a payment method." in answer.content.decode()
    assert not CardSetup.objects.exists()


def test_the_button_pressed_twice_begins_one(web: HttpsTestClient) -> None:
    assert start(web) == start(web)


def test_a_gateway_that_does_not_answer_is_told_of_on_the_form(
    web: HttpsTestClient, provider: FakeProvider
) -> None:
    provider.silent.append("start_card_setup")
    answer = web.post(f"{PATH}/add", {"gateway": "fake", "consent": "on"})
    assert answer.status_code == 422
    assert "responding" in answer.content.decode()
    start(web)


def test_one_that_failed_says_why_and_can_be_tried_again(
    web: HttpsTestClient, provider: FakeProvider
) -> None:
    setup = start(web)
    reference = str(setup.reference)
    provider.setups[reference] = CardReport("failed", reference, reason="Your bank said no.")
    page(web, f"{PATH}/return/{setup.pk}")
    run_due_jobs(at=AT)
    text = page(web, f"{PATH}/return/{setup.pk}")
    assert "Your bank said no." in text
    assert f'href="{PATH}/add"' in text


def test_one_that_its_bank_declined_says_so_while_another_card_may_follow(
    web: HttpsTestClient, provider: FakeProvider
) -> None:
    """Back from the bank's page, it was "being confirmed" for an hour."""
    setup = start(web)
    reference, result = str(setup.reference), f"{PATH}/return/{setup.pk}"
    provider.setups[reference] = CardReport("pending", reference, reason="Your bank said no.")
    for look in range(3):
        assert "Confirming your payment method" in page(web, f"{result}?look={look}")
    run_due_jobs(at=AT)
    answer = web.get(f"{result}?look=3")
    assert "Your bank said no." in answer.content.decode()
    assert f'href="{PATH}/add"' in answer.content.decode()
    assert answer["Refresh"].endswith("?look=4")
    assert start(web) == setup
    provider.save(reference)
    later = AT + timedelta(minutes=1)
    with clock.freeze_time(later):
        assert "Confirming your payment method" in page(web, f"{result}?look=3")
        run_due_jobs(at=later)
        assert "Payment method saved" in page(web, f"{result}?look=3")


def test_one_that_expired_while_its_gateway_is_silent_is_not_said_to_be_unsaved(
    web: HttpsTestClient, provider: FakeProvider
) -> None:
    setup = start(web)
    assert expire_card_setups(ctx=at(AT.date() + timedelta(days=1))) == 1
    result = f"{PATH}/return/{setup.pk}"
    for look in range(3):
        answer = web.get(f"{result}?look={look}")
        assert "Confirming your payment method" in answer.content.decode()
        assert answer["Refresh"].endswith(f"?look={look + 1}")
    text = page(web, f"{result}?look=3")
    assert "This expired before your payment method was confirmed." in text
    assert "saved" not in text.partition("<main")[2].partition("</main>")[0]
    provider.save(str(setup.reference))
    run_due_jobs(at=AT)
    assert "Payment method saved" in page(web, f"{result}?look=3")


def test_an_eleventh_card_that_was_on_its_way_is_not_said_to_be_saved(
    web: HttpsTestClient, cast: PortalCast, provider: FakeProvider
) -> None:
    setup = start(web)
    result = f"{PATH}/return/{setup.pk}"
    for n in range(10):
        keep(cast.client, f"card-{n}")
    provider.save(str(setup.reference), "late")
    page(web, result)
    for _ in range(2):
        run_due_jobs(at=AT)
        text = page(web, result)
        assert "Payment method not saved" in text
        assert "You can save up to 10 payment methods. Remove one first." in text
    assert provider.forgotten == ["late"]


def test_another_default_is_chosen(web: HttpsTestClient, cast: PortalCast) -> None:
    keep(cast.client)
    second = keep(cast.client, "card-2")
    for _ in range(2):
        answer = web.post(f"{PATH}/{second.pk}/default", follow=False)
        assert (answer.status_code, answer["Location"]) == (303, PATH)
    assert list(SavedCard.objects.filter(is_default=True)) == [second]


def test_one_is_removed_with_the_password(
    web: HttpsTestClient, cast: PortalCast, provider: FakeProvider
) -> None:
    """Sending it twice is no error."""
    card = keep(cast.client)
    assert "default payment method" in page(web, f"{PATH}/{card.pk}/remove")
    with clock.freeze_time(AT + timedelta(minutes=11)):  # the password was given too long ago
        refused = web.post(f"{PATH}/{card.pk}/remove", {"password": "wrong"})
    assert refused.status_code == 422
    assert SavedCard.objects.kept().exists()
    for _ in range(2):
        web.post(f"{PATH}/{card.pk}/remove", {"password": PASSWORD})
    assert not SavedCard.objects.kept().exists()
    assert "No saved payment methods" in page(web)
    run_due_jobs(at=AT)
    assert provider.forgotten == ["card-1"]


def test_autopay_is_switched_and_the_page_says_what_is_charged_when(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    keep(cast.client)
    invoice = make_invoice(cast.client)
    text = page(web)
    assert "Upcoming charges" in text
    assert str(invoice.number) in text
    web.post(f"{PATH}/autopay", {"on": "off"})
    assert not Client.objects.get(pk=cast.client.pk).autopay
    text = page(web)
    assert "Turn on autopay" in text
    assert "Upcoming charges" not in text
    web.post(f"{PATH}/autopay", {"on": "on"})
    assert Client.objects.get(pk=cast.client.pk).autopay


@pytest.mark.usefixtures("provider")
def test_after_todays_run_the_next_charge_is_tomorrow(cast: PortalCast) -> None:
    """The card was saved when the day's charges had been made: today's would be a promise that nobody keeps."""
    keep(cast.client)
    make_invoice(cast.client, due_date=AT.date() + timedelta(days=3))
    with clock.freeze_time(AT + timedelta(days=1)):
        web = cast.browse(cast.bob)
        assert ">Apr 9, 2026<" in page(web)
        run = DailyRun.objects.create(date=date(2026, 4, 9), started_at=AT, started_by="timetable")
        DailyRunStep.objects.create(run=run, name="autopay", status="done", started_at=AT)
        assert ">Apr 10, 2026<" in page(web)


def test_a_charge_under_way_is_not_to_come(
    web: HttpsTestClient, cast: PortalCast, provider: FakeProvider
) -> None:
    """The page told the next day of the ladder."""
    keep(cast.client)
    provider.silent += ["charge_saved"] * 100
    invoice = make_invoice(cast.client)
    night(AT.date() + timedelta(days=1))
    later = make_invoice(cast.client, due_date=AT.date() + timedelta(days=20))
    text = page(web)
    assert (str(later.number) in text, str(invoice.number) in text) == (True, False)


def test_what_is_left_out_of_the_upcoming_charges_is_said(
    web: HttpsTestClient, cast: PortalCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commerce.payments.autopay.MAX_PLANNED", 2)
    monkeypatch.setattr("commerce.portal.billing.payment_methods.MAX_PLANNED", 2)
    keep(cast.client)
    first, second = make_invoice(cast.client), make_invoice(cast.client)
    assert "are shown" not in page(web)
    later = make_invoice(cast.client, due_date=AT.date() + timedelta(days=60))
    text = page(web)
    assert "Only the next 2 charges are shown." in text
    assert [str(each.number) in text for each in (first, second, later)] == [True, True, False]


def test_old_invoices_that_are_charged_no_more_do_not_hide_the_next_charge(
    web: HttpsTestClient, cast: PortalCast, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those due first were looked at."""
    monkeypatch.setattr("commerce.payments.autopay.MAX_PLANNED", 1)
    set_setting(key="payments.autopay_retry_days", value="", ctx=CTX)
    keep(cast.client)
    make_invoice(cast.client)
    provider.declined["card-1"] = "Not enough money."
    night(AT.date() + timedelta(days=1))
    later = make_invoice(cast.client, due_date=AT.date() + timedelta(days=60))
    text = page(web)
    assert str(later.number) in text
    assert "are shown" not in text


def test_a_declined_card_says_why_here_and_on_the_dashboard(
    web: HttpsTestClient, cast: PortalCast, provider: FakeProvider
) -> None:
    keep(cast.client)
    make_invoice(cast.client)
    assert "was declined" not in page(web, "/client/dashboard")
    provider.declined["card-1"] = "The card was reported stolen."
    provider.declined_for_good.add("card-1")
    night(AT.date() + timedelta(days=1))
    text = page(web)
    assert "The card was reported stolen." in text
    assert "Autopay needs a payment method." in text
    assert "Visa •••• 4242 was declined" in page(web, "/client/dashboard")
    assert "was declined" not in cast.browse(cast.tess).get("/client/dashboard").content.decode()
    keep(cast.client, "card-2")
    assert "was declined" not in page(web, "/client/dashboard")


def test_a_charge_that_failed_is_on_the_dashboard_until_the_invoice_is_paid(
    web: HttpsTestClient, cast: PortalCast, provider: FakeProvider
) -> None:
    keep(cast.client)
    make_invoice(cast.client)
    provider.declined["card-1"] = "Not enough money."
    night(AT.date() + timedelta(days=1))
    assert "Visa •••• 4242 was declined" in page(web, "/client/dashboard")
    assert "Not enough money." in page(web, "/client/dashboard")
    provider.declined.clear()
    night(AT.date() + timedelta(days=2))
    assert "was declined" not in page(web, "/client/dashboard")


def test_the_page_takes_as_many_queries_with_ten_cards_and_many_invoices(
    web: HttpsTestClient, cast: PortalCast, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for n in range(10):
        keep(cast.client, f"card-{n}")
    for _ in range(5):
        make_invoice(cast.client)
    page(web)
    with django_assert_max_num_queries(15):
        page(web)
    assert "You can save up to 10 payment methods." in page(web)
    assert web.post(f"{PATH}/add", {"gateway": "fake", "consent": "on"}).status_code == 422
