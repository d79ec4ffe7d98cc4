"""Registration and the proof of an address, through HTTP (accounts.md 4)."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail

from commerce.accounts.actions import clients
from commerce.accounts.models import Client, Membership, User
from commerce.audit.models import AuditEntry
from commerce.kit import clock, counter_store
from commerce.kit.context import SYSTEM, Context
from commerce.portal.base.throttles import person_key
from commerce.site_settings.actions import set_setting
from tests.make.browser import hidden_field
from tests.make.mails import MailingBrowser, link_to, mails_to
from tests.make.people import AT, make_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

ANN = "ann@example.org"
FILLED = {
    "first_name": "Ann",
    "last_name": "Example",
    "company": "Example Ltd",
    "email": ANN,
    "password": "a sentence of my own",
    "country": "DE",
}


@pytest.fixture
def web() -> MailingBrowser:
    return MailingBrowser(headers={"host": "localhost"})


def choose(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))


def send(web: MailingBrowser, *, after: float = 3, **over: Any) -> Any:
    """Open the form, and send it filled in so many seconds later."""
    page = web.get(f"/register?next={over.pop('next', '')}").content.decode()
    began = re.search(r'name="began" value="([^"]+)"', page)
    assert began is not None
    asked = {"next": hidden_field(page, "next")} if 'name="next"' in page else {}
    with clock.freeze_time(clock.now() + timedelta(seconds=after)):
        return web.post("/register", FILLED | {"began": began[1]} | asked | over)


def test_a_registration_makes_user_client_and_membership(web: MailingBrowser) -> None:
    answer = send(web)
    assert (answer.status_code, answer["Location"]) == (303, "/client/verify")
    user = User.objects.get()
    assert (user.email, user.first_name, user.last_name) == (ANN, "Ann", "Example")
    assert user.email_verified_at is None
    assert user.check_password("a sentence of my own")
    membership = Membership.objects.get()
    assert (membership.user, membership.role) == (user, "owner")
    client = Client.objects.get()
    assert membership.client == client
    assert (client.name, client.company, client.email) == ("Ann Example", "Example Ltd", ANN)
    assert (client.country, client.currency_code, client.status) == ("DE", "USD", "active")
    assert not {"_auth_user_id"} & set(web.session.keys())
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"user.created", "client.created", "membership.created"} <= actions


def test_all_or_nothing(web: MailingBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    choose("security.require_email_verification", "off")
    web.raise_request_exception = False
    monkeypatch.setattr(clients, "role_preset", None)  # something that cannot be called
    assert send(web).status_code == 500
    assert (User.objects.count(), Client.objects.count()) == (0, 0)
    assert mail.outbox == []


def test_the_link_opens_a_page_with_a_button_that_counts_once(web: MailingBrowser) -> None:
    send(web, next="/client/services")
    (sent,) = mail.outbox
    assert sent.to == [ANN]
    link = link_to(ANN, "verify")
    for _ in range(2):  # programs that look at links do not use them up
        assert web.get(link).status_code == 200
        assert web.head(link).status_code == 200
    assert User.objects.get().email_verified_at is None
    answer = web.post(link)
    assert (answer.status_code, answer["Location"]) == (303, "/client/services")
    user = User.objects.get()
    assert user.email_verified_at == AT
    assert web.get("/client/dashboard").status_code == 200  # this browser registered him
    assert [one.subject for one in mails_to(ANN)][1:] == ["Welcome to Client Portal"]
    assert web.get(link).status_code == web.post(link).status_code == 410


def test_another_browser_that_opens_the_link_is_not_signed_in(web: MailingBrowser) -> None:
    send(web)
    other = MailingBrowser(headers={"host": "localhost"})
    answer = other.post(link_to(ANN, "verify"))
    assert (answer.status_code, answer["Location"]) == (303, "/client/login")
    assert "_auth_user_id" not in other.session
    assert User.objects.get().email_verified_at == AT


def test_used_old_and_false_links_are_told_the_same(
    web: MailingBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(web)
    link, stranger = link_to(ANN, "verify"), MailingBrowser(headers={"host": "localhost"})
    then = time.time() + 3601
    with monkeypatch.context() as later:
        later.setattr("django.core.signing.time.time", lambda: then)
        old = [stranger.get(link), stranger.post(link)]
    assert User.objects.get().email_verified_at is None
    web.post(link)
    used = [stranger.get(link), stranger.post(link)]
    false = [stranger.get("/client/verify/MQ:1abcde:no"), stranger.get("/client/verify/no")]
    pages = [page.content.decode() for page in old + used + false]
    assert {page.status_code for page in old + used + false} == {410}
    assert len({re.sub(r"<code>\w+</code>", "", page) for page in pages}) == 1


@pytest.mark.parametrize("verified", [True, False])
def test_a_known_address_gets_the_same_page_and_a_mail_of_its_own(
    web: MailingBrowser, *, verified: bool
) -> None:
    known = send(web)
    if verified:
        web.post(link_to(ANN, "verify"))
    mail.outbox.clear()
    again, fresh = (MailingBrowser(headers={"host": "localhost"}) for _ in range(2))
    answers = [
        known,
        send(again, email=ANN.upper(), password="quite another one"),
        send(fresh, email="new@example.org"),
    ]
    assert len({(a.status_code, a["Location"], a.content) for a in answers}) == 1
    pages = [
        w.get("/client/verify").content.decode().replace(e, "…")
        for w, e in ((again, ANN.upper()), (fresh, "new@example.org"))
    ]
    pages = [re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", page) for page in pages]
    assert pages[0] == pages[1]
    (told,) = mails_to(ANN)
    assert "already have a Client Portal account" in told.subject
    assert "/client/login" in told.body
    assert "/client/forgot-password" in told.body
    assert "/client/verify/" not in told.body  # it would open what somebody else registered
    assert User.objects.filter(email__iexact=ANN).count() == 1
    assert User.objects.with_email(ANN).get().check_password("a sentence of my own")


def test_the_owner_of_a_known_address_is_told_once_an_hour(web: MailingBrowser) -> None:
    send(web)
    mail.outbox.clear()
    for _ in range(3):
        send(MailingBrowser(headers={"host": "localhost"}))
    assert len(mails_to(ANN, "already")) == 1


def test_another_link_can_be_asked_for_once_in_60_seconds(web: MailingBrowser) -> None:
    send(web)
    store, key = (
        counter_store.counter_store_for(settings.COMMERCE_COUNTERS),
        f"mailed-verify:{person_key(ANN)}",
    )
    assert web.post("/client/verify").status_code == 303
    assert len(mails_to(ANN, "Confirm")) == 1
    window = store.take(key, 1, 60, units=0)
    assert window is not None
    assert not window.admitted
    assert 58 <= window.seconds_to_reset <= 60
    store.clear(key)  # as if they had passed
    assert web.post("/client/verify").status_code == 303
    assert len(mails_to(ANN, "Confirm")) == 2
    assert web.post(link_to(ANN, "verify")).status_code == 303
    assert User.objects.get().email_verified_at == AT


def test_without_verification_he_is_in_at_once(web: MailingBrowser) -> None:
    choose("security.require_email_verification", "off")
    answer = send(web)
    assert (answer.status_code, answer["Location"]) == (303, "/client/dashboard")
    assert web.get("/client/dashboard").status_code == 200
    assert [one.subject for one in mails_to(ANN)] == ["Welcome to Client Portal"]
    assert User.objects.get().last_login_at == AT + timedelta(seconds=3)


def test_without_verification_a_known_address_is_said_to_be_taken(web: MailingBrowser) -> None:
    choose("security.require_email_verification", "off")
    make_client(owner=ANN)
    answer = send(web)
    assert answer.status_code == 422
    assert "already in use" in answer.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"first_name": " "}, "required"),
        ({"last_name": ""}, "required"),
        ({"email": "ann"}, "valid email"),
        ({"email": ""}, "required"),
        ({"country": ""}, "required"),
        ({"country": "XX"}, "Select a valid choice"),
        ({"first_name": "A" * 101}, "at most 100"),
        ({"email": f"{'a' * 250}@example.org"}, "at most 254"),
        ({"password": ""}, "required"),
        ({"password": "short1!"}, "at least 8 characters"),
        ({"password": "password123"}, "too common"),
        ({"password": "ann@example.org"}, "too similar to the email"),
        ({"last_name": "Featherstone", "password": "featherstone1"}, "too similar to the last"),
        ({"password": "x" * 1001}, "at most 1000"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(
    web: MailingBrowser, over: dict[str, str], said: str
) -> None:
    answer = send(web, **over)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert 'aria-invalid="true"' in page
    assert "a sentence of my own" not in page
    if "first_name" not in over:
        assert 'value="Ann"' in page  # what was typed is kept
    assert (User.objects.count(), Client.objects.count()) == (0, 0)
    assert mail.outbox == []


def test_no_rule_of_composition_for_a_password(web: MailingBrowser) -> None:
    assert send(web, password="       x       y").status_code == 303
    assert User.objects.get().check_password("       x       y")


def test_the_least_length_is_a_setting(web: MailingBrowser) -> None:
    choose("security.password_min_length", "25")
    assert send(web).status_code == 422
    assert send(web, password="a sentence of my own, longer").status_code == 303


def test_terms_are_asked_for_and_kept(web: MailingBrowser) -> None:
    assert "accept" not in web.get("/register").content.decode()
    choose("orders.terms_url", "https://example.com/terms/3")
    assert 'href="https://example.com/terms/3"' in web.get("/register").content.decode()
    assert send(web).status_code == 422
    assert send(web, terms="on").status_code == 303
    user = User.objects.get()
    assert user.terms_version == "https://example.com/terms/3"
    assert user.terms_accepted_at == AT + timedelta(seconds=3)


@pytest.mark.parametrize(
    ("over", "after"),
    [({"website": "http://spam"}, 3), ({}, 1.9), ({"began": ""}, 3), ({"began": "no:way"}, 3)],
    ids=["trap", "too fast", "without a time", "false time"],
)
@pytest.mark.parametrize("verification", ["on", "off"])
def test_who_is_taken_for_a_robot_reads_that_nothing_was_made_and_sends_the_form_again(
    web: MailingBrowser, over: dict[str, str], after: float, verification: str
) -> None:
    """It said that a mail was on its way: a person whose password manager is quick waited for it in vain."""
    choose("security.require_email_verification", verification)
    answer = send(web, after=after, **over)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "been created yet. Submit the form again." in page
    assert "sent" not in re.sub(r"<[^>]+>", "", page)
    assert (User.objects.count(), Client.objects.count()) == (0, 0)
    assert mail.outbox == []
    assert web.get("/client/verify").status_code == 302  # waits for no mail

    assert "http://spam" not in page  # the second sending would be refused, too
    began = re.search(r'name="began" value="([^"]+)"', page)
    assert began is not None
    with clock.freeze_time(clock.now() + timedelta(seconds=9)):
        answer = web.post("/register", FILLED | {"began": began[1]})
    assert answer.status_code == 303
    assert User.objects.count() == 1


def test_who_presses_the_button_too_early_was_told_that_a_mail_is_on_its_way(
    web: MailingBrowser,
) -> None:
    answer = send(web, after=0, email="", first_name="")
    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()


def test_five_forms_a_minute_from_one_network(web: MailingBrowser) -> None:
    for number in range(5):
        assert send(web, email=f"ann{number}@example.org").status_code == 303
    answer = send(web, email="ann6@example.org")
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert User.objects.count() == 5
    elsewhere = MailingBrowser(headers={"host": "localhost"}, REMOTE_ADDR="203.0.113.7")
    assert send(elsewhere, email="ann7@example.org").status_code == 303


def test_switched_off_there_is_no_registration(web: MailingBrowser) -> None:
    choose("portal.registration", "off")
    assert web.get("/register").status_code == web.post("/register", FILLED).status_code == 404
    assert "/register" not in web.get("/client/login").content.decode()


def test_a_member_is_sent_to_the_dashboard(web: MailingBrowser) -> None:
    web.force_login(User.objects.get(pk=make_client(owner=ANN).memberships.get().user_id))
    assert web.get("/register")["Location"] == "/client/dashboard"


def test_extra_fields_change_nothing(web: MailingBrowser) -> None:
    """X19 of the invariants."""
    send(
        web, status="closed", api_rate="1000000", is_active="0", role="billing", currency_code="JPY"
    )
    client, user = Client.objects.get(), User.objects.get()
    assert (client.status, client.api_rate, client.currency_code) == ("active", None, "USD")
    assert user.is_active
    assert Membership.objects.get().role == "owner"


def test_a_look_at_the_form_makes_no_session(web: MailingBrowser) -> None:
    web.get("/register")
    web.get("/client/login")
    assert Session.objects.count() == 0


def test_names_are_made_uniform(web: MailingBrowser) -> None:
    send(web, first_name="  Zoe\u0308  Anna\t", last_name=" O’Brien")
    user = User.objects.get()
    assert (user.first_name, user.last_name) == ("Zoë Anna", "O’Brien")
