"""Five people withdraw and cancel at `/cancel`, without scripts, in English and German; staff carry it out.

A stranger with a forwarded invoice, somebody with a monthly contract, somebody with a yearly one that renewed itself,
somebody who names no contract, and an owner who signed in. What goes back is what a second model counts. Set ``SHOTS``
for pictures.
"""

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import databases
from tests.house.source import ROOT
from tests.make.consumer_people import LOCALES, MONTHLY, SETUP, YEARLY
from tests.make.real_browser import accessibility_faults
from tests.model.contracts import Contract
from tests.server.running import RunningServer, run_command, running_server

pytestmark = pytest.mark.browser

PASSWORD = "demo-demo-demo"
NOTICE = 1  # month, in Germany
UNTOUCHED = [("active", None)]


class Words(NamedTuple):
    """What the pages say in a language; the labels are those of the law."""

    withdraw: str
    confirm_withdrawal: str
    end: str
    end_now: str
    received: str
    earliest: str
    everything: str
    ends: str
    both: str


WORDS = {
    "en": Words(
        "Withdraw from contract",
        "Confirm withdrawal",
        "Cancel contracts here",
        "Cancel now",
        "We received your statement",
        "As early as possible",
        "Everything that I ever ordered",
        "Your contract ends on",
        "Ordinary cancellation",
    ),
    "de": Words(
        "Vertrag widerrufen",
        "Widerruf bestätigen",
        "Verträge hier kündigen",
        "Jetzt kündigen",
        "Ihre Erklärung ist eingegangen",
        "Zum frühestmöglichen Zeitpunkt",
        "Alles, was ich je bestellt habe",
        "Ihr Vertrag endet am",
        "Ordentliche Kündigung",
    ),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of the demo company, with these people among its clients."""
    found = Path(shutil.copytree(databases.demo(), tmp_path_factory.mktemp("people") / "data"))
    fill = f"from tests.make.consumer_people import make_consumers; make_consumers('{found / 'people'}')"
    shell(found, fill)
    return found


@pytest.fixture(params=LOCALES)
def shop(data: Path, chromium: Browser, request: pytest.FixtureRequest) -> Iterator["ConsumerShop"]:
    """A server for each language: it counts five statements an hour from a network."""
    with running_server(data, "demo", ready="Try the API", plain=False) as server:
        found = ConsumerShop(server, chromium, request.param)
        yield found
        for page in found.pages:
            page.context.close()


def shell(data: Path, code: str) -> None:
    done = run_command(data, "manage", "shell", "-c", code, PYTHONPATH=str(ROOT), COMMERCE_DEMO="1")
    assert done.returncode == 0, done.stderr


class ConsumerShop:
    """A running shop, its visitors in one language, and what is in its books and mails."""

    def __init__(self, server: RunningServer, chromium: Browser, locale: str) -> None:
        self.server, self.data, self.locale = server, server.data, locale
        self.words = WORDS[locale]
        self.people: dict[str, Any] = json.loads((self.data / "people").read_text("utf-8"))
        self.pages: list[Page] = []
        self._chromium = chromium
        self._mails: dict[tuple[Path, int], tuple[str, str]] = {}

    def person(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.people[f"{name}-{self.locale}"]
        return found

    def visit(self, *, scripts: bool = False, locale: str = "") -> Page:
        context = self._chromium.new_context(
            base_url=f"https://localhost:{self.server.port}",
            ignore_https_errors=True,
            java_script_enabled=scripts,
            locale=locale or self.locale,
        )
        self.pages.append(context.new_page())
        return self.pages[-1]

    def sign_in(self, email: str, path: str = "/client/login", **more: Any) -> Page:
        page = self.visit(**more)
        page.goto(path)
        page.locator("main [name=email]").first.fill(email)
        page.locator("main [name=password]").fill(PASSWORD)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url("**/dashboard")
        return page

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.data / "commerce.sqlite3")) as books:
            return books.execute(sql, values).fetchall()

    def mail(self, to: str, words: str) -> str:
        """The text of the mail to this address that says this, as soon as the worker has sent it."""
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            for file in (self.data / "mail").glob("*.eml"):
                if (file, size := file.stat().st_size) not in self._mails:
                    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
                    body = mail.get_body(("plain",))
                    text = f"{mail['Subject']}\n{body.get_content()}" if body else ""
                    self._mails[file, size] = str(mail["To"]), text
            for whom, text in self._mails.values():
                if to in whom and words in text:
                    return text
            time.sleep(0.1)
        raise AssertionError(f"no mail to {to} with {words}")

    def picture(self, page: Page, name: str) -> None:
        if shots := os.environ.get("SHOTS"):
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                file = Path(shots) / f"{self.locale}-{name}-{width}.png"
                page.screenshot(path=file, full_page=True)


def contract_of(person: dict[str, Any], cycle: str, price: int, *, renewals: int) -> Contract:
    return Contract(date.fromisoformat(person["begun"]), cycle, price, SETUP, renewals)


def state(shop: ConsumerShop, page: Page, label: str, button: str, **typed: str) -> None:
    """From the foot of a page to the receipt: one page with one button, and all that was typed comes back."""
    page.locator("footer").get_by_role("link", name=label, exact=True).click()
    expect(page.get_by_role("heading", name=label, level=1)).to_be_visible()
    [only] = page.locator("main button").all()
    assert only.inner_text() == button
    for name, value in typed.items():
        page.locator(f"main [name={name}]").fill(value)
    shop.picture(page, f"{typed['email'].partition('@')[0]}-form")
    only.click()
    expect(page.get_by_role("heading", name=shop.words.received)).to_be_visible()
    receipt = page.locator("main").inner_text()
    assert [value for value in typed.values() if value not in receipt] == []
    shop.picture(page, f"{typed['email'].partition('@')[0]}-receipt")
    mailed = shop.mail(typed["email"], shop.words.received)
    assert datetime.now(UTC).strftime("%Y" if shop.locale == "en" else "%d.%m.%Y") in mailed
    assert [value for name, value in typed.items() if name != "email" and value in mailed] == []
    ends = label == shop.words.end
    assert (shop.words.both in mailed, shop.words.earliest in mailed) == (ends, ends)


def all_state(shop: ConsumerShop) -> Page:
    """All five; the owner's page."""
    words = shop.words
    withdrawal, ending = (words.withdraw, words.confirm_withdrawal), (words.end, words.end_now)
    page = shop.visit()
    page.goto("/")
    invoice = shop.person("forwarded")["invoice"]
    email = f"mallory-{shop.locale}@example.com"
    state(shop, page, *ending, name="Mallory Malice", contract=invoice, email=email)
    for name in ("monthly", "yearly"):
        one = shop.person(name)
        values = {"contract": f"{words.everything}: {one['invoice']}", "email": one["email"]}
        state(shop, page, *ending, name=f"{name.title()} Keller", **values)
    email = shop.person("words")["email"]
    state(shop, page, *withdrawal, name="Words Keller", contract=words.everything, email=email)
    owner = shop.sign_in(shop.person("owner")["email"])
    owner.locator("footer").get_by_role("link", name=words.withdraw, exact=True).click()
    owner.locator("[name=chosen]").select_option(f"service-{shop.person('owner')['services'][0]}")
    shop.picture(owner, "owner-form")
    owner.get_by_role("button", name=words.confirm_withdrawal).click()
    expect(owner.get_by_role("heading", name=words.received)).to_be_visible()
    return owner


def today() -> date:
    """In the time zone of the demo company."""
    return datetime.now(UTC).date()


def on_pages(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"


def euros(amount: int) -> str:
    return f"€{amount / 100:,.2f}"


def act(page: Page, statement: int, name: str, button: str, **typed: str) -> None:
    """One of staff's acts with a statement, on the page that says what it does."""
    page.goto(f"/admin/consumer-statements/{statement}/{name}")
    for label, value in typed.items():
        page.locator(f"main [name={label}]").fill(value)
    page.locator("main form").get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".office-messages")).to_be_visible()


def carry_out(shop: ConsumerShop, page: Page, statement: int, *effect: str) -> None:
    page.goto(f"/admin/consumer-statements/{statement}/carry-out")
    said = page.locator("main").inner_text()
    assert [text for text in effect if text not in said] == [], said
    shop.picture(page, f"staff-carries-out-{statement}")
    act(page, statement, "carry-out", "Carry out", own_password=PASSWORD)
    shop.picture(page, f"staff-carried-out-{statement}")


def statement_of(shop: ConsumerShop, email: str) -> int:
    [(found,)] = shop.rows(
        "SELECT id FROM consumers_consumerstatement WHERE email = ? AND part_of_id IS NULL", email
    )
    return int(found)


def services(shop: ConsumerShop, *names: str) -> list[tuple[Any, ...]]:
    """State and last day of what they have."""
    ids = [pk for name in names for pk in shop.person(name)["services"]]
    marks = ",".join("?" * len(ids))
    return shop.rows(
        f"SELECT status, cancel_at FROM hosting_service WHERE id IN ({marks}) ORDER BY id", *ids
    )


def came_back(shop: ConsumerShop, name: str) -> tuple[int, int, int]:
    """Credited by notes, refunded by the card's gateway, and left in credit."""
    client = shop.person(name)["client"]
    sums = (
        "SELECT coalesce(sum(total), 0) FROM billing_creditnote WHERE client_id = ?",
        "SELECT coalesce(sum(amount), 0) FROM payments_refund WHERE client_id = ?"
        " AND status = 'succeeded' AND reference LIKE 're_%'",
        "SELECT coalesce(sum(balance), 0) FROM billing_creditaccount WHERE client_id = ?",
    )
    notes, refunds, credit = (int(shop.rows(sql, client)[0][0]) for sql in sums)
    return notes, refunds, credit


def goes_back(shop: ConsumerShop, name: str, *, notes: int, refunds: int, credit: int) -> None:
    """As soon as the worker has asked the gateway."""
    deadline = time.monotonic() + 40
    while (found := came_back(shop, name)) != (notes, refunds, credit):
        assert time.monotonic() < deadline, (name, found, (notes, refunds, credit))
        time.sleep(0.1)


def test_who_states_what_they_want_gets_it_to_the_unit(shop: ConsumerShop) -> None:
    owner = all_state(shop)
    names = ("forwarded", "monthly", "yearly", "words", "owner")
    assert set(services(shop, *names)) == {("active", None)}
    assert {came_back(shop, name) for name in names} == {(0, 0, 0)}
    grace = shop.sign_in("grace@example.com", "/admin", scripts=True, locale="en")
    answer_the_stranger(shop, grace)
    end_the_monthly(shop, grace)
    end_the_yearly(shop, grace)
    give_back_two_contracts(shop, grace)
    give_back_what_was_not_used(shop, grace, owner)
    assert (services(shop, "forwarded"), came_back(shop, "forwarded")) == (UNTOUCHED, (0, 0, 0))
    if shop.locale == LOCALES[-1]:
        let_the_year_end(shop)


def answer_the_stranger(shop: ConsumerShop, grace: Page) -> None:
    statement = statement_of(shop, f"mallory-{shop.locale}@example.com")
    shop.mail(shop.person("forwarded")["email"], f"/client/statements/{statement}")
    grace.goto(f"/admin/consumer-statements/{statement}")
    expect(grace.locator("main")).to_contain_text("the owner hasn't confirmed it")
    shop.picture(grace, "staff-reads")
    assert accessibility_faults(grace) == []
    act(grace, statement, "answer", "Answer", answer="Please sign in to confirm it.")
    shop.mail(f"mallory-{shop.locale}@example.com", "Please sign in to confirm it.")


def end_the_monthly(shop: ConsumerShop, grace: Page) -> None:
    """It ends with what is paid."""
    contract = contract_of(shop.person("monthly"), "monthly", MONTHLY, renewals=1)
    ends = contract.ends(today(), NOTICE)
    assert contract.back(ends, setup=False) == 0
    statement = statement_of(shop, shop.person("monthly")["email"])
    carry_out(shop, grace, statement, on_pages(ends))
    assert services(shop, "monthly") == [("active", str(ends))]


def yearly_of(shop: ConsumerShop) -> tuple[date, int]:
    """Its last day a month from now, and what comes back then."""
    contract = contract_of(shop.person("yearly"), "annually", YEARLY, renewals=1)
    return contract.ends(today(), NOTICE), contract.back(
        contract.ends(today(), NOTICE), setup=False
    )


def end_the_yearly(shop: ConsumerShop, grace: Page) -> None:
    ends, rest = yearly_of(shop)
    statement = statement_of(shop, shop.person("yearly")["email"])
    effect = (on_pages(ends), euros(rest))
    task = shop.mail("grace@example.com", f"/admin/consumer-statements/{statement}")
    assert [text for text in effect if text not in task] == []
    carry_out(shop, grace, statement, *effect)
    assert services(shop, "yearly") == [("active", str(ends))]
    assert came_back(shop, "yearly") == (0, 0, 0)


def let_the_year_end(shop: ConsumerShop) -> None:
    """The day comes, the rest goes back to the card."""
    _ends, rest = yearly_of(shop)
    [service] = shop.person("yearly")["services"]
    shell(shop.data, f"from tests.make.consumer_people import let_end; let_end({service})")
    assert [status for status, _day in services(shop, "yearly")] == ["cancelled"]
    goes_back(shop, "yearly", notes=rest, refunds=rest, credit=0)


def give_back_two_contracts(shop: ConsumerShop, grace: Page) -> None:
    """Somebody meant all that they have; nothing of it was paid by card, so staff pay it out."""
    person = shop.person("words")
    contract = contract_of(person, "annually", YEARLY, renewals=0)
    whole = contract.back(None, setup=True)
    first, second = person["services"]
    statement = statement_of(shop, person["email"])
    grace.goto(f"/admin/consumer-statements/{statement}/tie")
    expect(grace.locator("main")).to_contain_text(f"(#{second})")
    shop.picture(grace, "staff-chooses")
    act(grace, statement, "tie", "Choose contract", contract=str(first))
    carry_out(shop, grace, statement, f"(#{first})", euros(whole))
    act(grace, statement, "add-contract", "Add contract", contract=str(second))
    carry_out(shop, grace, int(grace.url.rpartition("/")[2]), f"(#{second})", euros(whole))
    assert services(shop, "words") == [("cancelled", None), ("cancelled", None)]
    goes_back(shop, "words", notes=2 * whole, refunds=0, credit=2 * whole)
    shop.mail("bea@example.com", f"account__client={person['client']}")


def give_back_what_was_not_used(shop: ConsumerShop, grace: Page, owner: Page) -> None:
    """The owner asked to begin at once; the rest goes back to their card."""
    contract = contract_of(shop.person("owner"), "annually", YEARLY, renewals=0)
    rest = contract.back(today(), setup=True)
    statement = statement_of(shop, shop.person("owner")["email"])
    carry_out(shop, grace, statement, euros(rest))
    goes_back(shop, "owner", notes=rest, refunds=rest, credit=0)
    assert services(shop, "owner") == [("cancelled", None)]
    owner.goto(f"/client/statements/{statement}")
    expect(owner.locator("main")).to_contain_text(shop.words.ends)
    shop.picture(owner, "owner-reads")
