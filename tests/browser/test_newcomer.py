"""A newcomer's first hour on a demo installation: registers, proves his address, adds a second factor, uses a token."""

import email
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy

import pytest
from playwright.sync_api import Browser, Page

from tests.make.totp import totp
from tests.server.running import RunningServer

pytestmark = pytest.mark.browser

ANN, PASSWORD = "ann@example.org", "a sentence of my own"


@pytest.fixture
def page(demo: RunningServer, chromium: Browser) -> Iterator[Page]:
    url = f"https://localhost:{demo.port}"
    context = chromium.new_context(base_url=url, ignore_https_errors=True)
    yield context.new_page()
    context.close()


def link_in_mail(demo: RunningServer, words: str) -> str:
    """The link in the file of a mail to Ann whose subject holds these words."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for path in (demo.data / "mail").glob("*.eml"):
            mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            if mail["To"] == ANN and words in mail["Subject"]:
                text = mail.get_body(("plain",))
                assert text is not None
                return re.findall(rf"https://localhost:{demo.port}/\S+", text.get_content())[0]
        time.sleep(0.1)
    raise LookupError(words)


def sign_in(page: Page) -> None:
    page.goto("/client/login")
    page.get_by_label("Email").fill(ANN)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.locator("[popovertarget=member-menu]").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/client/login")


def status_of(demo: RunningServer, token: str) -> int:
    return demo.ask("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status


def register(page: Page, demo: RunningServer) -> None:
    page.goto("/register")
    for label, text in {
        "First name": "Ann",
        "Last name": "Example",
        "Email": ANN,
        "Password": PASSWORD,
    }.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Country").select_option("DE")
    time.sleep(2.1)  # whoever is faster is a robot
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/client/verify")
    page.goto(link_in_mail(demo, "Confirm"))
    page.get_by_role("button", name="Confirm email").click()
    page.wait_for_url("**/client/dashboard")


def add_factor(page: Page) -> str:
    """Set TOTP up with the password given before; returns the secret."""
    page.goto("/client/security/two-factor")
    secret = page.locator("#totp-key").inner_text()
    page.get_by_label("Code").fill(totp(secret, datetime.now(UTC)))
    if page.get_by_label("Your password").count():
        page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Turn on two-factor authentication").click()
    assert len(page.locator("#recovery-codes").inner_text().split("\n")) >= 8
    page.get_by_role("link", name="I've saved them").click()
    return secret


def make_token(page: Page) -> str:
    page.goto("/client/api-tokens")
    page.get_by_role("textbox", name="Name").fill("first")
    page.get_by_role("button", name="Create token").click()
    return page.locator("#new-token").inner_text().strip()


def revoke(page: Page) -> None:
    page.goto("/client/api-tokens")
    page.get_by_role("row", name=re.compile("first")).get_by_role("link", name="Revoke").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Revoke token").click()
    page.wait_for_url("**/client/api-tokens")


def test_a_newcomers_first_hour(page: Page, demo: RunningServer) -> None:
    register(page, demo)
    sign_out(page)
    sign_in(page)
    page.wait_for_url("**/client/dashboard")
    secret = add_factor(page)
    sign_out(page)

    sign_in(page)
    page.wait_for_url("**/client/two-factor-challenge")
    page.get_by_label("Code").fill(totp(secret, datetime.now(UTC), steps=1))  # that one is used
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/client/dashboard")

    token = make_token(page)
    assert status_of(demo, token) == 200
    page.reload()
    assert token not in page.content()
    revoke(page)
    assert status_of(demo, token) == 401
