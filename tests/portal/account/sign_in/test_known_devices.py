"""Strangers who guess keep nobody out of the browser in which they signed in before, nor out of the other door."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from commerce.accounts.models import User
from commerce.audit.models import AuditEntry
from commerce.kit import clock
from commerce.portal.base.limits import known_devices
from commerce.portal.base.limits.known_devices import DEVICE_COOKIE, STAFF_DEVICE_COOKIE
from tests.make.mails import MailingBrowser, mails_to
from tests.make.people import AT, PASSWORD, make_client
from tests.make.sign_in import ALICE, new_browser, send_sign_in_form
from tests.make.staff import TOTP_SECRET, make_staff
from tests.make.totp import totp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

CHARLIE, SAM = "charlie@example.com", "sam@example.com"


def strangers_guess(email: str = ALICE, path: str = "/client/login") -> None:
    """Until the person's limit is used up, from four addresses."""
    for number in range(20):
        form = {"email": email, "password": "wrong"}
        assert new_browser(f"203.0.113.{number // 5}").post(path, form).status_code == 422
    form = {"email": email, "password": PASSWORD}
    assert new_browser("198.51.100.1").post(path, form).status_code == 429


def known(address: str = "192.0.2.7", **over: Any) -> MailingBrowser:
    """A browser in which Alice, or whoever is told, signed in and out again."""
    return in_and_out(new_browser(address), **over)


def in_and_out(web: MailingBrowser, **over: Any) -> MailingBrowser:
    assert send_sign_in_form(web, **over).status_code == 303
    del web.cookies[settings.SESSION_COOKIE_NAME]
    return web


def test_a_browser_that_was_signed_in_has_attempts_of_its_own(alice: User) -> None:
    web = known()
    strangers_guess()
    assert send_sign_in_form(web, password="wrong").status_code == 422
    assert send_sign_in_form(web).status_code == 303


def test_not_even_strangers_of_its_network_keep_it_out(alice: User) -> None:
    web = known()
    for number in range(30):
        send_sign_in_form(new_browser("192.0.2.7"), email=f"n{number}@example.com", password="x")
    assert send_sign_in_form(new_browser("192.0.2.7")).status_code == 429
    assert send_sign_in_form(web).status_code == 303


def test_it_guesses_no_more_than_a_stranger(alice: User) -> None:
    web = known()
    for _ in range(5):
        assert send_sign_in_form(web, password="wrong").status_code == 422
    assert send_sign_in_form(web).status_code == 429
    assert send_sign_in_form(new_browser("192.0.2.7")).status_code == 303  # these are another's


def test_all_of_them_together_have_a_hundred_an_hour(alice: User) -> None:
    """Whoever kept the cookies of many sign-ins has not as many times the guesses."""
    webs = [known(f"192.0.2.{number}") for number in range(21)]
    for web in webs[:20]:
        for _ in range(5):
            assert send_sign_in_form(web, password="wrong").status_code == 422
    assert send_sign_in_form(webs[20]).status_code == 429


def test_it_is_known_for_this_person_only(alice: User) -> None:
    make_client(owner=CHARLIE)
    alices, charlies = known(), known(email=CHARLIE)
    strangers_guess(CHARLIE)
    strangers_guess(ALICE)
    assert send_sign_in_form(alices, email=CHARLIE).status_code == 429
    assert send_sign_in_form(charlies).status_code == 429


def test_several_people_of_one_browser_are_known(alice: User) -> None:
    make_client(owner=CHARLIE)
    web = in_and_out(known(email=CHARLIE))
    for email in (ALICE, CHARLIE):
        strangers_guess(email)
        in_and_out(web, email=email)


def test_of_many_people_the_last_ones_are_kept(alice: User) -> None:
    web = known()
    for number in range(known_devices.MAX_PEOPLE):
        make_client(owner=f"n{number}@example.com")
        in_and_out(web, email=f"n{number}@example.com")
    entries = web.cookies[DEVICE_COOKIE].value.split("~")
    assert len(entries) == known_devices.MAX_PEOPLE
    strangers_guess()
    assert send_sign_in_form(web).status_code == 429


def test_the_cookie_rotates_and_holds_nothing_of_the_account(alice: User) -> None:
    web = known()
    first = web.cookies[DEVICE_COOKIE]
    assert (first["secure"], first["httponly"], first["samesite"]) == (True, True, "Lax")
    assert first["max-age"] == 90 * 86400
    assert not {alice.email.lower(), str(alice.pk), alice.password} & {*first.value.split(".")}
    assert "alice" not in first.value.lower()
    assert send_sign_in_form(web).status_code == 303
    second = web.cookies[DEVICE_COOKIE].value
    assert "~" not in second
    assert second.split(".")[0] != first.value.split(".")[0]


def test_what_we_did_not_write_is_not_known(alice: User) -> None:
    web = known()
    name, until, code = web.cookies[DEVICE_COOKIE].value.split(".")
    strangers_guess()
    for forged in (
        "",
        "~",
        "x" * 2_000,
        f"{name}.{until}.{code[:-1]}x",
        f"{name}x.{until}.{code}",
        f"{name}.2099-01-01.{code}",
        f"{name}.{until}.",
        f"{name}.{until}.é",
    ):
        web.cookies[DEVICE_COOKIE] = forged
        assert send_sign_in_form(web).status_code == 429, forged
    web.cookies[DEVICE_COOKIE] = f"{name}.{until}.{code}"
    assert send_sign_in_form(web).status_code == 303


def test_it_is_known_for_ninety_days(alice: User) -> None:
    web = known()
    kept = web.cookies[DEVICE_COOKIE].value
    strangers_guess()
    for days, status in ((90, 303), (91, 429)):
        with clock.freeze_time(AT + timedelta(days=days)):
            again = new_browser()
            again.cookies[DEVICE_COOKIE] = kept
            assert send_sign_in_form(again).status_code == status


# --- The two doors ----------------------------------------------------------------------------------------------------


def test_guesses_at_the_clients_door_keep_nobody_out_of_the_staffs() -> None:
    make_client(owner=SAM)
    make_staff(user=User.objects.get(email=SAM))
    strangers_guess(SAM)
    form = {"email": SAM, "password": PASSWORD}
    answer = new_browser().post("/admin/login", form)
    assert (answer.status_code, answer["Location"]) == (303, "/admin/two-factor-challenge")
    strangers_guess(SAM, "/admin/login")
    assert new_browser("198.51.100.9").post("/admin/login", form).status_code == 429


def test_nor_do_those_at_nobody_in_particular() -> None:
    for _ in range(30):
        new_browser().post("/client/login/passkey", {"credential": "{}"})
    assert new_browser().post("/client/login/passkey", {"credential": "{}"}).status_code == 429
    assert new_browser().post("/admin/login/passkey", {"credential": "{}"}).status_code == 303


def test_a_browser_of_staff_is_known_at_their_door_only() -> None:
    make_client(owner=SAM)
    staff = make_staff(user=User.objects.get(email=SAM))
    form = {"email": SAM, "password": PASSWORD}
    web = new_browser()
    web.post("/admin/login", form)
    web.post("/admin/two-factor-challenge", {"code": totp(TOTP_SECRET, clock.now())})
    assert DEVICE_COOKIE not in web.cookies
    kept = web.cookies[STAFF_DEVICE_COOKIE].value
    strangers_guess(SAM)
    strangers_guess(SAM, "/admin/login")
    again = new_browser()
    again.cookies[STAFF_DEVICE_COOKIE] = again.cookies[DEVICE_COOKIE] = kept
    assert again.post("/client/login", form).status_code == 429
    assert again.post("/admin/login", form).status_code == 303
    assert staff.is_active


# --- Who hears of it --------------------------------------------------------------------------------------------------


def test_staff_see_that_somebody_tries_once_an_hour_and_door(alice: User) -> None:
    strangers_guess()
    for number in range(3):
        send_sign_in_form(new_browser(f"198.51.100.{number}"), password="wrong")
    (entry,) = AuditEntry.objects.filter(action="user.sign_in_blocked")
    assert (entry.record_kind, entry.record_id, entry.address) == (
        "user",
        alice.pk,
        "198.51.100.1",
    )
    assert entry.after == {"door": "client"}
    assert len(mails_to(ALICE, "Failed sign-in attempts")) == 1


def test_guesses_at_nobody_fill_no_audit_log(alice: User) -> None:
    for number in range(60):
        if number == 30:
            for _ in range(2):
                send_sign_in_form(new_browser(), password="wrong")
        form = {"email": f"n{number}@example.com", "password": "wrong"}
        new_browser().post("/client/login" if number < 30 else "/admin/login", form)
    failed = AuditEntry.objects.filter(action="user.sign_in_failed")
    assert failed.filter(record_id=None).count() == 30
    assert not AuditEntry.objects.filter(action="user.sign_in_blocked").exists()
