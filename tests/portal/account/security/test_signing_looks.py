"""The pages of signing in and security in a real browser, and passkeys with a device that the browser plays."""

import operator
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.db import connections
from playwright.sync_api import BrowserContext, Page, Request, Route
from pytest_django.fixtures import Settings

from commerce.accounts.actions.mfa import add_totp
from commerce.accounts.models import User
from commerce.audit.models import AuditEntry
from commerce.kit import clock
from commerce.kit.context import Context
from tests.make.mails import MailingBrowser, link_to
from tests.make.people import AT, PASSWORD, as_member, make_client
from tests.make.real_browser import SITE, hand_over, page_faults, running_browser
from tests.make.sign_in import new_browser
from tests.make.totp import totp
from tests.portal.account.test_profile import FORM

pytestmark = pytest.mark.browser

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def signed_in(email: str) -> MailingBrowser:
    web = new_browser()
    web.post("/client/login", {"email": email, "password": PASSWORD})
    return web


def read(web: Any, *paths: str) -> dict[str, Any]:
    return {path: web.get(path) for path in (*paths, "/brand.css", "/brand.svg")}


def test_the_pages_of_signing_in(db: None, settings: Settings) -> None:
    settings.COMMERCE_DEMO = True
    make_client(owner="alice@example.com")
    web = new_browser()
    pages = read(web, "/client/login", "/register", "/client/forgot-password")
    pages |= read(web, "/client/forgot-password/sent", "/client/verify/gone")
    web.post("/client/forgot-password", {"email": "alice@example.com"})
    pages |= read(web, link_to("alice@example.com", "reset-password"))
    pages["/1"] = web.post("/client/login", {"email": "x", "password": "wrong"})
    form = {
        "began": re.findall(r'name="began" value="([^"]+)', web.get("/register").content.decode())[
            0
        ]
    }
    with clock.freeze_time(AT.replace(year=2090)):
        pages["/2"] = web.post("/register", form)
        filled = {"first_name": "Ann", "last_name": "Example", "country": "DE"}
        filled |= {"email": f"{'long' * 15}@example.org", "password": "a sentence of my own"}
        web.post("/register", form | filled)
    pages |= read(web, "/client/verify", link_to(filled["email"], "verify"))
    pages["/3"] = [web.post("/client/login", {"email": "x", "password": "y"}) for _ in range(6)][-1]
    assert pages["/3"].status_code == 429
    assert page_faults(pages) == []


def test_the_pages_of_security(db: None) -> None:
    with clock.freeze_time(AT):
        make_client(owner="alice@example.com")
        alice, web = User.objects.get(), signed_in("alice@example.com")
        signed_in("alice@example.com")
        base = "/client/security"
        pages = read(web, base, f"{base}/two-factor", f"{base}/passkeys", f"{base}/sessions")
        pages["/1"] = web.post(f"{base}/password", {"password": "wrong"})
        add_totp(
            user=alice,
            secret=SECRET,
            code=totp(SECRET, AT),
            keep_session=web.session.session_key,
            ctx=Context(AT, as_member(alice)),
        )
        totp_id = Authenticator.objects.get(type="totp").pk
        Authenticator.objects.create(user=alice, type="webauthn", data={"name": "laptop" * 16})
        key_id = Authenticator.objects.get(type="webauthn").pk
        pages |= {f"{path}?": answer for path, answer in read(web, *list(pages)[:4]).items()}
        pages |= read(web, f"{base}/two-factor/codes", f"{base}/two-factor/{totp_id}/remove")
        pages |= read(web, f"{base}/passkeys/{key_id}/rename")
        kept = Authenticator.objects.get(type="recovery_codes").pk
        form = {"instead_of": kept, "password": PASSWORD}
        pages["/2"] = web.post(f"{base}/two-factor/codes", form)
        Authenticator.objects.filter(pk=key_id).delete()
        pages |= {
            f"{base}/two-factor/{totp_id}/remove?": web.get(f"{base}/two-factor/{totp_id}/remove")
        }
        pages |= read(signed_in("alice@example.com"), "/client/two-factor-challenge")
    assert "Two-factor authentication" in pages["/client/two-factor-challenge"].content.decode()
    assert page_faults(pages) == []


def test_the_pages_of_addresses_that_wait(db: None) -> None:
    with clock.freeze_time(AT):
        make_client(owner="alice@example.com", email="alice@example.com")
        web, new = signed_in("alice@example.com"), f"{'long' * 15}@example.org"
        for email in ("other@example.org", new):
            web.post("/client/security/email", {"password": PASSWORD, "email": email})
            web.post("/client/profile", FORM | {"email": email})
        pages = read(web, "/client/security", "/client/profile")
        pages |= read(
            web, link_to("alice@example.com", "keep-email"), link_to(new, "billing-email")
        )
    assert new in pages["/client/profile"].content.decode()
    assert page_faults(pages) == []


# --- Passkeys --------------------------------------------------------------------------------------------------------


class SignInSite:
    """Answers a browser's requests from Django, in a thread of its own; the cookies stay on this side.

    Playwright runs an event loop in the test's thread, in which Django's ORM refuses to be called. The other thread
    has the test's own connection, and with it the rows of its transaction.
    """

    def __init__(self) -> None:
        self.web = MailingBrowser(enforce_csrf_checks=True, headers={"host": "localhost"})
        self.thread = ThreadPoolExecutor(max_workers=1)
        self.connection = connections["default"]
        self.connection.inc_thread_sharing()
        self.ask(lambda: operator.setitem(connections, "default", self.connection))

    def ask[T](self, question: Callable[[], T]) -> T:
        """What the database says."""
        return self.thread.submit(question).result(timeout=120)

    def close(self) -> None:
        self.thread.shutdown()
        self.connection.dec_thread_sharing()

    def answer(self, route: Route) -> None:
        if urlsplit(route.request.url).path.startswith("/static/"):
            hand_over({}, route)
            return
        answer = self.ask(lambda: self._answer(route.request))
        if to := answer.headers.get("Location"):
            # The browser would follow a redirect into the network, past this site.
            refresh = f'<meta http-equiv="refresh" content="0; url={to}">'
            route.fulfill(status=200, content_type="text/html", body=refresh)
            return
        headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
        route.fulfill(status=answer.status_code, headers=headers, body=answer.content)

    def _answer(self, request: Request) -> Any:
        asked = urlsplit(request.url)
        passed = {name: request.headers.get(name) for name in ("x-csrftoken", "user-agent")}
        headers = {name: value for name, value in passed.items() if value}
        return self.web.generic(
            request.method,
            f"{asked.path}?{asked.query}",
            request.post_data or "",
            content_type=request.headers.get("content-type", "text/plain"),
            headers=headers | {"referer": f"{SITE}/", "host": "localhost"},
        )


def device(context: BrowserContext, page: Page, *, verifies: bool = True) -> Any:
    """A device that holds passkeys, and says that it saw its owner's finger, or that it did not."""
    wire = context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return wire


def make_one(page: Page, name: str) -> None:
    page.goto(f"{SITE}/client/security/passkeys")
    page.fill("input[name=name]", name)
    page.click("button[data-passkey=create]")


def sign_out(page: Page) -> None:
    page.goto(f"{SITE}/client/security")
    page.evaluate("document.querySelector(\"form[action='/client/logout']\").submit()")
    page.wait_for_url(f"{SITE}/client/login")


@pytest.fixture
def visit(db: None, settings: Settings) -> Iterator[tuple[SignInSite, BrowserContext, Page]]:
    """Alice's browser at our site."""
    settings.COMMERCE_URL = SITE
    make_client(owner="alice@example.com")
    site = SignInSite()
    with running_browser() as found:
        context = found.new_context()
        page = context.new_page()
        page.route("**/*", site.answer)
        yield site, context, page
        context.close()
    site.close()


type Visit = tuple[SignInSite, BrowserContext, Page]


def by_password(page: Page) -> None:
    page.goto(f"{SITE}/client/login")
    page.fill("input[name=email]", "alice@example.com")
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action='/client/login'] button[type=submit]")
    page.wait_for_selector("h1:text-is('Dashboard'), h1:text-is('Two-factor authentication')")


def passkeys() -> list[Authenticator]:
    return list(Authenticator.objects.filter(type="webauthn").order_by("pk"))


def methods() -> Any:
    """With what the last session was opened."""
    return AuditEntry.objects.filter(action="user.signed_in").latest("pk").after["with"]


def test_a_passkey_takes_the_place_of_password_and_code(visit: Visit) -> None:
    site, context, page = visit
    by_password(page)
    device(context, page)
    make_one(page, "Work laptop")
    page.wait_for_selector("#recovery-codes")  # it is the first factor
    (kept,) = site.ask(passkeys)
    assert (kept.data["name"], kept.last_used_at) == ("Work laptop", None)
    sign_out(page)

    page.click("button[data-passkey=get]")
    page.wait_for_url(f"{SITE}/client/dashboard")
    (kept,) = site.ask(passkeys)
    assert kept.last_used_at is not None
    assert site.ask(methods) == ["webauthn"]
    sign_out(page)

    by_password(page)  # and as a second factor after the password
    page.wait_for_url(f"{SITE}/client/two-factor-challenge")
    page.click("button[data-passkey=get]")
    page.wait_for_url(f"{SITE}/client/dashboard")
    assert site.ask(methods) == ["password", "webauthn"]


def test_several_passkeys_with_names_that_can_be_changed(visit: Visit) -> None:
    site, context, page = visit
    by_password(page)
    wire = device(context, page)
    make_one(page, "One")
    page.wait_for_selector("#recovery-codes")
    make_one(page, "Again")  # the same device does not take a second one for the same person
    page.wait_for_selector("[data-passkey-failed]:visible")
    assert len(site.ask(passkeys)) == 1
    wire.send("WebAuthn.disable")
    device(context, page)
    make_one(page, "Two")
    page.wait_for_selector("text=Passkey added")
    page.click("tr:has-text('Two') >> text=Rename")
    page.fill("input[name=name]", "Phone")
    page.click("main button[type=submit]")
    page.wait_for_selector("tr:has-text('Phone')")
    page.click("tr:has-text('One') >> text=Remove")
    page.click("main button[type=submit]")
    page.wait_for_selector("text=Removed.")
    assert [kept.data["name"] for kept in site.ask(passkeys)] == ["Phone"]


def test_a_device_that_did_not_see_its_owner_makes_none(visit: Visit) -> None:
    site, context, page = visit
    by_password(page)
    device(context, page, verifies=False)
    make_one(page, "Work laptop")
    page.wait_for_selector("[data-passkey-failed]:visible")
    assert site.ask(passkeys) == []


def test_a_passkey_is_shown_at_a_reset(visit: Visit) -> None:
    site, context, page = visit
    by_password(page)
    device(context, page)
    make_one(page, "Work laptop")
    page.wait_for_selector("#recovery-codes")
    sign_out(page)
    page.goto(f"{SITE}/client/forgot-password")
    page.fill("input[name=email]", "alice@example.com")
    page.click("main button[type=submit]")
    page.wait_for_url("**/sent")
    page.goto(SITE + link_to("alice@example.com", "reset-password"))
    page.fill("input[name=password]", "another sentence of mine")
    page.click("button[data-passkey=get]")
    page.wait_for_url(f"{SITE}/client/login")
    assert site.ask(User.objects.get).check_password("another sentence of mine")


def test_a_password_is_shown_while_its_button_is_pressed_and_sent_hidden(visit: Visit) -> None:
    _site, _context, page = visit
    page.goto(f"{SITE}/client/login")
    field, button = page.locator("input[name=password]"), page.get_by_label("Show password")
    field.fill("correct horse")
    for pressed, kind in (("false", "password"), ("true", "text"), ("false", "password")):
        assert (button.get_attribute("aria-pressed"), field.get_attribute("type")) == (
            pressed,
            kind,
        )
        button.click()
    assert field.input_value() == "correct horse"
    page.evaluate("document.forms[0].addEventListener('submit', (sent) => sent.preventDefault())")
    page.evaluate("document.forms[0].requestSubmit()")
    assert field.get_attribute("type") == "password"
