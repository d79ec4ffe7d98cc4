"""Each list, record, file and form of money and the catalog opens, over the rows of a whole company."""

import pytest
from django.urls import reverse

from commerce.backoffice.catalog.pages import ROOM as CATALOG
from commerce.backoffice.money.pages import ROOM as MONEY
from commerce.backoffice.site import staff_site
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.promos import create_promo
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit.context import SYSTEM, Context
from tests.make.company import make_company
from tests.make.people import AT
from tests.make.records import make_product, make_required_option
from tests.make.staff import staff_browser

pytestmark = pytest.mark.django_db


def _catalog() -> None:
    ctx = Context(AT, SYSTEM)
    make_required_option(make_product(prices=[("EUR", "monthly", 500)]), "dropdown", 100)
    create_promo(code="TWENTY", percent=2000, ctx=ctx)
    create_promo(code="FIVE", amounts={"EUR": 500}, max_uses=3, ctx=ctx)
    com = set_tld(tld="com", is_active=False, ctx=ctx)
    set_tld_price(tld=com, currency_code="EUR", register=1200, renew=1400, ctx=ctx)
    add_tax_rule(country="DE", rate=19000, category="S", valid_from=AT.date(), ctx=ctx)


def test_each_page_of_a_company_opens() -> None:
    make_company()
    _catalog()
    web, seen = staff_browser(), []
    for kind in (*MONEY.records, *CATALOG.records):
        admin = staff_site._registry[kind.model]
        urls = [admin.list_url(), f"{admin.list_url()}?q=a", f"{admin.list_url()}.csv"]
        for action in admin.list_actions:
            urls.append(reverse(f"admin:{admin.action_name(action, of_list=True)}"))
        rows = kind.model._default_manager.order_by("pk")
        for row in rows.reverse()[:1] if admin.has_record_page else []:
            urls.append(admin.record_url(row))
            for action in admin.record_actions:
                name = f"admin:{admin.action_name(action)}"
                leads_to = action.leads_to
                urls.append(leads_to(row) if leads_to else reverse(name, args=[row.pk]))
        seen += urls
        for url in urls:
            page = web.get(url)
            body = b"".join(page.streaming_content) if page.streaming else page.content
            assert page.status_code == 200, (url, body[-3000:])
    assert len(seen) > 100
