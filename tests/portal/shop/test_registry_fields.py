"""A name whose registry asks for four things: set by staff in three ways, sold with them, and registered at the sandbox
with them (domains.md 2).
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from commerce.cli.root import commerce
from commerce.domains.actions.tlds import import_tlds
from commerce.domains.models import Domain, Tld
from commerce.domains.order_data import order_data_of
from commerce.domains.sandbox.store import business_today, open_books
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.lifecycle import activate_order
from commerce.orders.models import CartItem, Order
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.people import AT
from tests.make.sandbox import sandbox_registrar
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send
from tests.portal.shop.checkout_steps import form, ordered, review

pytestmark = pytest.mark.django_db
ASKED = [
    {
        "name": "nexus",
        "label": "Eligibility of the registrant",
        "type": "choice",
        "required": True,
        "options": [["C11", "U.S. citizen"], ["C31", "Foreign organization"]],
    },
    {
        "name": "country",
        "label": "Country of the organization",
        "type": "country",
        "required": True,
        "needed_if": ["nexus", ["C31"]],
    },
    {"name": "founded", "label": "Founded", "type": "date", "required": True},
    {
        "name": "agrees",
        "label": "Agrees",
        "type": "tick",
        "required": True,
        "options": [["Y", "Y"]],
    },
    {
        "name": "version",
        "label": "version",
        "type": "fixed",
        "required": False,
        "options": [["2.0", "2.0"]],
    },
]


def by_form() -> None:
    typed = {
        "options-0": "C11 = U.S. citizen\nC31 = Foreign organization",
        "needed_if-1": "nexus=C31",
        "options-3": "Y",
        "options-4": "2.0",
    }
    for number, field in enumerate(ASKED):
        for part in ("name", "label", "type"):
            typed[f"{part}-{number}"] = str(field[part])
        typed[f"required-{number}"] = "on" if field["required"] else ""
    web, path = staff_browser(make_staff("admin")), f"/admin/tlds/{Tld.objects.get().pk}/fields"
    # Blank rows for the fifth are there once the first are kept.
    first = {name: value for name, value in typed.items() if name.rpartition("-")[2] in "0123"}
    for sent in (first, typed):
        assert send(web, path, **sent).status_code == 303


def by_command() -> None:
    words = (
        "remove test legal",
        "set test nexus --type choice --label 'Eligibility of the registrant'"
        " --choice 'C11=U.S. citizen' --choice 'C31=Foreign organization'",
        "set test country --type country --label 'Country of the organization' --only-if nexus=C31",
        "set test founded --type date --label Founded",
        "set test agrees --type tick --label Agrees --choice Y",
        "set test version --type fixed --optional --choice 2.0",
    )
    for line in words:
        done = CliRunner().invoke(commerce, f"tld field {line}")
        assert done.exit_code == 0, done.output


def by_csv() -> None:
    cell = json.dumps(ASKED).replace('"', '""')
    import_tlds(text=f'tld,currency,extra_fields\ntest,EUR,"{cell}"\n', ctx=Context(AT, SYSTEM))


@pytest.fixture
def _sandbox(tmp_path: Path, name: CartItem) -> Iterator[None]:
    with sandbox_registrar(tmp_path):
        yield


@pytest.mark.usefixtures("_sandbox")
@pytest.mark.parametrize("set_fields", [by_form, by_command, by_csv])
def test_what_was_asked_at_checkout_is_what_the_registrar_gets(
    web: HttpsTestClient, name: CartItem, set_fields: Callable[[], None]
) -> None:
    set_fields()
    assert Tld.objects.get().extra_fields == ASKED
    page = review(web)
    assert "Eligibility of the registrant for mine.test" in page
    assert "U.S. citizen" in page
    assert "version for mine.test" not in page
    assert "Only for: Foreign organization" in page
    assert "(optional)" not in page.partition("Country of the organization")[2][:200]
    assert "registrant-extra-" in " ".join(form(page))
    field = f"registrant-extra-{name.pk}-"
    typed = {
        "registrant-phone": "+49 30 1234",
        f"{field}0": "C31",
        f"{field}1": "CH",
        f"{field}2": "2001-02-03",
        f"{field}3": "on",
    }
    for number, wrong in ((0, "C99"), (0, ""), (1, ""), (1, "XX"), (2, "soon"), (3, "")):
        refused = ordered(web, **typed | {f"{field}{number}": wrong})
        assert refused.status_code == 422
        told = re.findall(r'class="field-error" id="id_([\w-]+)_error"', refused.content.decode())
        assert told == [f"{field}{number}"], wrong
    assert not Order.objects.exists()
    assert ordered(web, **typed).status_code == 303
    order = Order.objects.get()
    activate_order(order=order, unpaid_because="a friend", ctx=Context(AT, SYSTEM))
    run_all_jobs(AT, failing=True)
    sent = {
        "nexus": "C31",
        "country": "CH",
        "founded": "2001-02-03",
        "agrees": "Y",
        "version": "2.0",
    }
    with open_books(business_today()) as books:
        registered = books.find("mine.test")
    assert registered is not None
    assert registered.extra_fields == sent
    kept = {one: value for one, value in sent.items() if one != "version"} | {"agrees": "yes"}
    assert order_data_of(Domain.objects.get()).extra_fields == kept
