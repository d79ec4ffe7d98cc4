"""How often one may guess, and who is told, through HTTP (accounts.md 5)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from commerce.accounts.models import User
from commerce.kit import clock, counter_store
from commerce.portal.base import throttles
from commerce.portal.base.middleware import throttling
from tests.make.mails import MailingBrowser, mails_to
from tests.make.people import AT
from tests.make.sign_in import ALICE, new_browser, send_sign_in_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_five_failures_a_minute_for_address_and_email(web: MailingBrowser, alice: User) -> None:
    for _ in range(5):
        assert send_sign_in_form(web, password="wrong").status_code == 422
    answer = send_sign_in_form(web, password="wrong")
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert send_sign_in_form(web).status_code == 429  # the right one too
    assert send_sign_in_form(web, email=ALICE.upper()).status_code == 429
    assert send_sign_in_form(new_browser("203.0.113.9")).status_code == 303
    assert send_sign_in_form(web, email="nobody@example.com", password="wrong").status_code == 422


def test_what_succeeds_does_not_count(web: MailingBrowser, alice: User) -> None:
    for _ in range(4):
        assert send_sign_in_form(web, password="wrong").status_code == 422
    for _ in range(31):
        assert send_sign_in_form(new_browser()).status_code == 303
    assert send_sign_in_form(web, password="wrong").status_code == 422
    assert send_sign_in_form(web, password="wrong").status_code == 429


def test_thirty_failures_a_minute_for_an_address(alice: User) -> None:
    for number in range(30):
        answer = send_sign_in_form(new_browser("2001:db8:1:2::5"), email=f"n{number}@example.com")
        assert answer.status_code == 422
    neighbour = new_browser("2001:db8:1:2:ffff::1")  # the same /64
    assert send_sign_in_form(neighbour).status_code == 429
    assert send_sign_in_form(new_browser("2001:db8:1:3::1")).status_code == 303
    assert mails_to(ALICE, "failed") == []


def test_twenty_failures_an_hour_for_an_email_from_anywhere(alice: User) -> None:
    for number in range(20):
        assert (
            send_sign_in_form(new_browser(f"203.0.113.{number}"), password="wrong").status_code
            == 422
        )
    answer = send_sign_in_form(new_browser("198.51.100.1"))
    assert answer.status_code == 429
    assert 60 < int(answer["Retry-After"]) <= 3600
    send_sign_in_form(new_browser("198.51.100.2"))
    (told,) = mails_to(ALICE, "Failed sign-in attempts")
    assert "198.51.100.1" in told.body
    once = counter_store.counter_store_for("memory").take(
        f"told-blocked:{throttles.person_key(ALICE)}", 1, 86400
    )
    assert once is not None
    assert not once.admitted
    assert 86_000 < once.seconds_to_reset <= 86_400  # once a day


def test_nobody_is_told_of_an_unknown_address(web: MailingBrowser) -> None:
    for _ in range(7):
        send_sign_in_form(web, email="nobody@example.com", password="wrong")
    assert mail.outbox == []


def test_a_header_does_not_hide_an_address(alice: User) -> None:
    """X18 of the invariants."""
    for number in range(5):
        web = MailingBrowser(
            headers={"host": "localhost", "x-forwarded-for": f"203.0.113.{number}"}
        )
        assert send_sign_in_form(web, password="wrong").status_code == 422
    assert send_sign_in_form(new_browser(), password="wrong").status_code == 429


def test_the_limits_go_on_without_their_store(
    web: MailingBrowser, alice: User, settings: Settings
) -> None:
    """R34 of the invariants."""
    settings.COMMERCE_COUNTERS = "valkey://127.0.0.1:1/0"
    assert send_sign_in_form(web, password="wrong").status_code == 422
    assert send_sign_in_form(web).status_code == 303


# --- Devices ----------------------------------------------------------------------------------------------------------

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605 Version/18.5 Safari/604.1"


def test_a_new_device_is_told_to_its_owner(alice: User) -> None:
    send_sign_in_form(new_browser(agent=FIREFOX))
    send_sign_in_form(new_browser(agent=FIREFOX))
    assert mail.outbox == []  # the first one ever, and the same again
    send_sign_in_form(new_browser(agent=SAFARI))
    (told,) = mails_to(ALICE, "New sign-in")
    assert "Safari on iPhone" in told.body
    with clock.freeze_time(AT + timedelta(days=91)):
        send_sign_in_form(new_browser(agent=FIREFOX))
        send_sign_in_form(new_browser(agent=SAFARI))
    assert len(mails_to(ALICE, "New sign-in")) == 2  # neither was seen for 90 days


def test_strangers_could_post_to_an_invitation_without_end() -> None:
    for _ in range(30):
        assert new_browser().post("/invite/guessed", {"answer": "decline"}).status_code == 410
    answer = new_browser().post("/invite/guessed", {"answer": "decline"})
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert new_browser("203.0.113.9").get("/invite/guessed").status_code == 410


def test_every_post_of_a_stranger_is_limited_by_default(
    monkeypatch: pytest.MonkeyPatch, alice: User
) -> None:
    """X3: a form of which nobody thought has a limit, too; who is signed in is not kept from working."""
    monkeypatch.setattr(throttling, "MAX_POSTS_PER_MINUTE", 3)
    known = new_browser()
    assert send_sign_in_form(known).status_code == 303
    for _ in range(2):
        assert new_browser().post("/client/logout").status_code == 303
    refused = new_browser().post("/client/nothing")
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert new_browser().get("/client/login").status_code == 200
    assert known.post("/client/logout").status_code == 303
    assert not throttling.THROTTLE_EXEMPT_PATHS


def test_guesses_at_the_link_of_a_verification_are_limited() -> None:
    """And so are those at the link that keeps an address."""
    for path in ("/client/verify/guess", "/client/keep-email/guess"):
        web = new_browser("203.0.113.77")
        answers = [web.get(path).status_code for _ in range(31)]
        assert answers == [410] * 30 + [429]


def test_twenty_posts_an_hour_of_an_anonymous_form(rf: RequestFactory) -> None:
    request = rf.post("/register", REMOTE_ADDR="203.0.113.78")
    hour = f"register:hour:{throttles.network_key(request)}"
    for _ in range(15):  # in other minutes
        throttles.count_attempt([throttles.ThrottleLimit(hour, 20, 3600)])
    for _ in range(5):
        throttles.count_anonymous_post(request, "register")
    counter_store.counter_store_for("memory").clear(
        f"register:minute:{throttles.network_key(request)}"
    )
    with pytest.raises(throttles.TooManyAttempts) as raised:
        throttles.count_anonymous_post(request, "register")
    assert 3500 < raised.value.retry_after <= 3600
