"""Staff sign in at a door of their own, with two factors; sessions of the two doors are apart (accounts.md 1, 5, 6)."""

import re
from datetime import timedelta

import pytest
from django.conf import settings

from commerce.accounts.models import Staff, User
from commerce.audit.models import AuditEntry
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.mails import MailingBrowser, mails_to
from tests.make.people import AT, PASSWORD, make_client, make_user
from tests.make.sign_in import new_browser
from tests.make.staff import TOTP_SECRET, make_staff, staff_browser, take_permissions
from tests.make.totp import totp

pytestmark = pytest.mark.django_db

GRACE = "grace@example.com"


def sign_in(web: MailingBrowser, **over: str) -> str:
    answer = web.post("/admin/login", {"email": GRACE, "password": PASSWORD} | over)
    return answer.headers.get("Location", "")


def pass_challenge(web: MailingBrowser) -> str:
    code = totp(TOTP_SECRET, clock.now())
    answer = web.post("/admin/two-factor-challenge", {"code": code})
    return answer.headers.get("Location", "")


def test_a_staff_person_signs_in_with_password_and_code() -> None:
    staff = make_staff(email=GRACE)
    web = new_browser()
    assert web.get("/admin/invented").status_code == 404
    assert web.get("/admin/staff")["Location"] == "/admin/login?next=/admin/staff"
    assert sign_in(web, next="/admin/staff") == "/admin/two-factor-challenge"
    assert web.get("/admin/staff").status_code == 302  # not yet
    assert pass_challenge(web) == "/admin/staff"
    assert web.get("/admin/staff").status_code == 200
    staff.refresh_from_db()
    assert staff.last_sign_in_from == "127.0.0.1"
    entry = AuditEntry.objects.get(action="user.signed_in")
    assert (entry.actor_kind, entry.actor_id) == ("staff", staff.pk)


def test_the_cookie_of_staff_is_not_that_of_clients() -> None:
    make_staff(email=GRACE)
    web = new_browser()
    sign_in(web)
    pass_challenge(web)
    cookie = web.cookies[settings.COMMERCE_STAFF_COOKIE_NAME]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert not cookie["max-age"]
    assert settings.SESSION_COOKIE_NAME not in web.cookies
    web.post("/admin/logout")
    assert web.get("/admin/staff").status_code == 302


def test_both_sessions_of_one_person_live_side_by_side() -> None:
    client = make_client(owner=GRACE)
    make_staff(user=client.memberships.get().user, email=GRACE)
    web = new_browser()
    sign_in(web)
    pass_challenge(web)
    assert web.get("/client/dashboard").status_code == 302
    web.post("/client/login", {"email": GRACE, "password": PASSWORD})
    with clock.freeze_time(clock.now() + timedelta(seconds=60)):
        web.post("/client/two-factor-challenge", {"code": totp(TOTP_SECRET, clock.now())})
    assert web.get("/client/dashboard").status_code == 200
    assert web.get("/admin/dashboard").status_code == 200
    web.post("/client/logout")
    assert web.get("/client/dashboard").status_code == 302
    assert web.get("/admin/dashboard").status_code == 200


def test_a_sign_in_that_began_at_the_clients_door_does_not_go_on_at_the_staffs() -> None:
    make_staff(email=GRACE)
    web = new_browser()
    sent = {"email": GRACE, "password": PASSWORD, "remember": "on"}
    assert web.post("/client/login", sent)["Location"] == "/client/two-factor-challenge"
    key = web.cookies[settings.SESSION_COOKIE_NAME].value
    web.cookies[settings.COMMERCE_STAFF_COOKIE_NAME] = key
    assert pass_challenge(web) == "/admin/login"
    assert web.get("/admin/dashboard").status_code == 302
    assert not AuditEntry.objects.filter(action="user.signed_in").exists()


def test_no_session_of_staff_is_remembered() -> None:
    make_staff(email=GRACE)
    web = new_browser()
    sign_in(web, remember="on")
    pass_challenge(web)
    assert not web.cookies[settings.COMMERCE_STAFF_COOKIE_NAME]["max-age"]
    with clock.freeze_time(clock.now() + timedelta(hours=13)):
        assert web.get("/admin/dashboard").status_code == 302


def test_who_is_no_staff_reads_the_same_as_with_a_wrong_password() -> None:
    make_user("alice@example.com")
    make_staff(email=GRACE)
    make_staff("support", "sam@example.com", is_active=False)
    answers = [
        new_browser().post("/admin/login", {"email": email, "password": password})
        for email, password in (
            ("alice@example.com", PASSWORD),
            ("sam@example.com", PASSWORD),
            (GRACE, "wrong"),
        )
    ]
    assert [one.status_code for one in answers] == [422] * 3
    texts = [re.findall(r'role="alert".*?</', one.content.decode(), re.DOTALL) for one in answers]
    assert texts[0] == texts[1] == texts[2] != []
    assert AuditEntry.objects.filter(action="user.sign_in_failed").count() == 3


def test_without_a_factor_only_its_setup_opens() -> None:
    staff = make_staff(with_factor=False)
    web = staff_browser(staff)
    for path in ("/admin", "/admin/dashboard", "/admin/staff", "/admin/profile"):
        assert web.get(path)["Location"] == "/admin/profile/two-factor", path
    page = web.get("/admin/profile/two-factor").content.decode()
    (draft,) = re.findall(r'name="draft" value="([^"]+)"', page)
    key = re.findall(r'id="totp-key"[^>]*>([A-Z2-7 ]+)<', page)[0]
    form = {"draft": draft, "code": totp(key, clock.now())}
    codes = web.post("/admin/profile/two-factor", form)
    assert codes.status_code == 200
    assert "recovery" in codes.content.decode().lower()
    assert web.get("/admin/dashboard").status_code == 200


def test_where_no_factor_is_required_the_password_is_enough() -> None:
    set_setting(key="security.staff_2fa_required", value="off", ctx=Context(AT, SYSTEM))
    make_staff(email=GRACE, with_factor=False)
    web = new_browser()
    assert sign_in(web) == "/admin/dashboard"
    assert web.get("/admin/dashboard").status_code == 200


def test_a_deactivated_person_is_out_at_once() -> None:
    staff = make_staff("support")
    web = staff_browser(staff)
    assert web.get("/admin/dashboard").status_code == 200
    Staff.objects.filter(pk=staff.pk).update(is_active=False)
    assert web.get("/admin/dashboard").status_code == 302


def test_permissions_are_read_on_each_request() -> None:
    staff = make_staff("support", permissions=["staff.view"])
    web = staff_browser(staff)
    assert web.get("/admin/staff").status_code == 200
    take_permissions(staff)
    assert web.get("/admin/staff").status_code == 403


def test_a_forgotten_password_is_chosen_anew_at_the_staffs_door() -> None:
    make_staff(email=GRACE)
    make_user("alice@example.com")
    for email in (GRACE, "alice@example.com"):
        answer = new_browser().post("/admin/forgot-password", {"email": email})
        assert answer["Location"] == "/admin/forgot-password/sent"
    assert mails_to("alice@example.com") == []
    (mail,) = mails_to(GRACE)
    [path] = re.findall(r"https://localhost:8443(/admin/reset-password/\S+)", str(mail.body))
    web = new_browser()
    assert web.get(path).status_code == 200
    code = totp(TOTP_SECRET, clock.now())
    short = web.post(path, {"password": "horse-bat8", "code": code})
    assert "at least 12 characters" in short.content.decode()
    good = web.post(path, {"password": "a-longer-sentence", "code": code})
    assert good["Location"] == "/admin/login"
    assert User.objects.with_email(GRACE).get().check_password("a-longer-sentence")


def test_staff_change_their_password_on_their_profile() -> None:
    staff = make_staff(email=GRACE)
    web = staff_browser(staff)
    form = {"password": PASSWORD, "new": "a-longer-sentence"}
    assert web.post("/admin/profile", form)["Location"] == "/admin/profile"
    staff.user.refresh_from_db()
    assert staff.user.check_password("a-longer-sentence")


def test_no_target_outside_of_the_staff_area_is_followed() -> None:
    make_staff(email=GRACE)
    for target in ("/client/dashboard", "https://evil.example/admin", "//evil.example", "/admins"):
        web = new_browser()
        sign_in(web, next=target)
        with clock.freeze_time(clock.now() + timedelta(seconds=60)):
            User.objects.update(last_login_at=None)
            assert pass_challenge(web) in ("/admin/dashboard", ""), target


def test_the_pages_of_staff_load_nothing_from_elsewhere_and_run_no_inline_script() -> None:
    answer = staff_browser().get("/admin/dashboard")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    page = answer.content.decode()
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
    assert "<style" not in page
    assert re.findall(r"<script(?![^>]*src=)", page) == []
    assert answer["Cache-Control"] == "no-store"
