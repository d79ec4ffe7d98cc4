"""Staff see and end their own sessions, and change the address that they sign in with (backoffice.md 1)."""

import pytest
from allauth.usersessions.models import UserSession

from commerce.accounts.models import User
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.mails import MailingBrowser, link_to, mails_to
from tests.make.people import AT, PASSWORD
from tests.make.sign_in import new_browser
from tests.make.staff import GRACE, make_staff, staff_browser

pytestmark = pytest.mark.django_db

NEW = "grace@example.org"


@pytest.fixture
def grace() -> User:
    """Who needs the password alone: the second factor is tried elsewhere."""
    set_setting(key="security.staff_2fa_required", value="off", ctx=Context(AT, SYSTEM))
    return make_staff(email=GRACE, with_factor=False).person


def signed_in(email: str = GRACE) -> MailingBrowser:
    """A browser that came in by the staff's door."""
    web = new_browser()
    answer = web.post("/admin/login", {"email": email, "password": PASSWORD})
    assert answer["Location"] == "/admin/dashboard"
    return web


def is_in(web: MailingBrowser) -> bool:
    return bool(web.get("/admin/dashboard").status_code == 200)


def ask(web: MailingBrowser, **over: str) -> None:
    form = {"password": PASSWORD, "email": NEW} | over
    assert web.post("/admin/profile/email", form)["Location"] == "/admin/profile/email"


def test_staff_see_and_end_their_own_sessions(grace: User) -> None:
    web, other, third = signed_in(), signed_in(), signed_in()
    make_staff("support", "sam@example.com", with_factor=False)
    foreign = UserSession.objects.get(user=_came_in("sam@example.com"))
    assert "3 active sessions" in web.get("/admin/profile").content.decode()
    page = web.get("/admin/profile/sessions").content.decode()
    assert page.count('data-label="IP address"') == 3
    ended = UserSession.objects.filter(user=grace).order_by("pk")[1]
    assert web.post(f"/admin/profile/sessions/{foreign.pk}/end").status_code == 404
    answer = web.post(f"/admin/profile/sessions/{ended.pk}/end")
    assert answer["Location"] == "/admin/profile/sessions"
    assert (is_in(web), is_in(other), is_in(third)) == (True, False, True)
    web.post("/admin/profile/sessions/end-others")
    assert (is_in(web), is_in(third)) == (True, False)
    assert UserSession.objects.filter(pk=foreign.pk).exists()
    entry = AuditEntry.objects.filter(action="user.sessions_ended").latest("pk")
    assert (entry.actor_kind, entry.record_id) == ("staff", grace.pk)
    own = UserSession.objects.get(user=grace)
    assert web.post(f"/admin/profile/sessions/{own.pk}/end")["Location"] == "/admin/login"
    assert not is_in(web)


def _came_in(email: str) -> User:
    signed_in(email)
    return User.objects.get(email=email)


def test_another_address_is_told_to_both_and_counts_by_its_link(grace: User) -> None:
    web, other = signed_in(), signed_in()
    wrong = web.post("/admin/profile/email", {"password": "wrong", "email": NEW})
    assert (wrong.status_code, mails_to(NEW)) == (422, [])
    ask(web)
    (told,) = mails_to(GRACE, "change requested")
    assert NEW in told.body
    assert NEW in web.get("/admin/profile/email").content.decode()
    link = link_to(NEW, "verify", area="admin")
    assert web.get(link).status_code == 200
    assert web.post(link)["Location"] == "/admin/profile"
    grace.refresh_from_db()
    assert grace.email == NEW
    assert (is_in(web), is_in(other)) == (True, False)
    assert mails_to(GRACE, "was changed") != mails_to(NEW, "was changed") != []
    signed_in(NEW)


def test_the_present_address_stops_it(grace: User) -> None:
    web = signed_in()
    ask(web)
    stop = link_to(GRACE, "keep-email", area="admin")
    assert new_browser().post(stop)["Location"] == "/admin/forgot-password"
    assert not is_in(web)
    assert new_browser().post(link_to(NEW, "verify", area="admin")).status_code == 410
    web = signed_in()
    ask(web, email="third@example.org")
    assert web.post("/admin/profile/email/drop")["Location"] == "/admin/profile/email"
    dropped = link_to("third@example.org", "verify", area="admin")
    assert new_browser().post(dropped).status_code == 410
    grace.refresh_from_db()
    assert grace.email == GRACE


def test_an_address_that_has_an_account_is_not_told_apart(grace: User) -> None:
    make_staff("support", "sam@example.com")
    web = signed_in()
    ask(web, email="sam@example.com")
    assert "We sent a link" in web.get("/admin/profile/email").content.decode()
    assert len(mails_to("sam@example.com")) == 1


def test_links_open_before_the_second_factor_is_set_up() -> None:
    web = staff_browser(make_staff(with_factor=False))
    assert web.get("/admin/verify/x").status_code == 410
    assert web.get("/admin/keep-email/x").status_code == 410
