"""The files of lists: exact values in a form that programs read, whatever the language of who takes them
(backoffice.md 6).
"""

import csv
import io
import re

import pytest

from commerce.accounts.actions.annotations.tags import create_tag
from commerce.accounts.actions.client_groups import create_client_group
from commerce.accounts.models import User
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.site import staff_site
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Currency
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient
from tests.make.one_of_each import make_one_of_each
from tests.make.people import AT
from tests.make.records import make_order
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
LISTS = sorted(
    one.slug
    for one in staff_site._registry.values()
    if isinstance(one, RecordAdmin) and one.exports
)


def german_browser() -> HttpsTestClient:
    set_setting(key="locale.enabled", value="en, de", ctx=CTX)
    staff = make_staff()
    User.objects.filter(pk=staff.user_id).update(locale="de")
    return staff_browser(staff)


def file_of(web: HttpsTestClient, slug: str) -> list[dict[str, str]]:
    response = web.get(f"/admin/{slug}.csv")
    assert response.status_code == 200, slug
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_no_file_has_what_only_a_page_can_show() -> None:
    """Markup, days and instants as a reader writes them."""
    make_one_of_each()
    create_tag(name="Partner", color="#3366cc", ctx=CTX)
    web, seen = german_browser(), 0
    for slug in LISTS:
        for row in file_of(web, slug):
            seen += 1
            for head, cell in row.items():
                assert not re.search(r"<\w+[ >]", cell), (slug, head, cell)
                assert not re.search(r"\b\d\d?\.\d\d?\.\d{4}\b|\d,\d\d\b|€", cell), (
                    slug,
                    head,
                    cell,
                )
    assert seen > len(LISTS) / 2


def test_amounts_and_rates_are_exact_decimals() -> None:
    create_promo(code="HALF", percent=1250, ctx=CTX)
    create_promo(code="FIVE", amounts={"EUR": 1234_50}, ctx=CTX)
    create_client_group(name="Friends", color="#3366cc", discount=1250, ctx=CTX)
    add_tax_rule(country="US", state="NY", rate=8875, category="S", valid_from=AT.date(), ctx=CTX)
    Currency.objects.filter(code="USD").update(rate="0.8125")
    web = german_browser()

    def values(slug: str) -> list[str]:
        return [cell for row in file_of(web, slug) for cell in row.values()]

    assert {"12.5%", "1234.50 EUR"} <= set(values("promo-codes"))
    assert {"Friends", "12.5"} <= set(values("client-groups"))
    assert "8.875" in values("tax-rules")
    assert "0.8125" in values("currencies")


def test_a_long_error_is_whole() -> None:
    error = "The panel said no. " * 20
    make_order(status="active")
    Job.objects.update(error=error)
    rows = file_of(german_browser(), "jobs")
    assert rows
    assert all(error in row.values() for row in rows)
