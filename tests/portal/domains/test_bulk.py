"""Auto-renew of several domains of the list (portal.md 3)."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.actions.clients import suspend_client
from commerce.audit.models import AuditEntry
from commerce.domains.models import Domain
from tests.make.records import make_domain
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import CTX, read

BULK = "/client/domains/bulk"


def ticked(*domains: Domain, **more: Any) -> dict[str, Any]:
    return {"domain": [str(one.pk) for one in domains], **more}


def renewing() -> dict[str, bool]:
    return dict(Domain.objects.values_list("domain_name", "auto_renew"))


def test_what_is_ticked_is_switched_and_the_rest_is_said(cast: PortalCast) -> None:
    on, off, gone = (
        make_domain(cast.client),
        make_domain(cast.client, auto_renew=False),
        make_domain(cast.client, "cancelled"),
    )
    untouched, foreign = make_domain(cast.client), make_domain(cast.foreign)
    web = cast.browse(cast.tess)
    answer = web.post(BULK, ticked(on, off, gone, foreign, act="auto_renew_off"))
    assert (answer.status_code, answer["Location"]) == (303, "/client/domains")
    words = read(web, "/client/domains")
    assert "Auto-renew is off for 1 domain." in words
    assert f"Not changed: {off}. Auto-renew was already off." in words
    assert f"Not changed: {gone}. This domain has ended." in words
    assert str(foreign) not in words
    assert renewing() == {
        str(on): False,
        str(off): False,
        str(gone): True,
        str(untouched): True,
        str(foreign): True,
    }
    web.post(BULK, ticked(on, off, act="auto_renew_on"))
    assert "Auto-renew is on for 2 domains." in read(web, "/client/domains")
    assert renewing()[str(on)]
    assert renewing()[str(off)]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"act": "auto_renew_off"},
        {"domain": ["x", "-1", "1e9", "9" * 50, "²", ""], "act": "auto_renew_off"},
        {"domain": ["1"], "act": "drop"},
        {"domain": ["1"]},
    ],
)
def test_nothing_ticked_or_nothing_asked_changes_nothing(
    cast: PortalCast, sent: dict[str, Any]
) -> None:
    make_domain(cast.client)
    before = renewing(), AuditEntry.objects.count()
    web = cast.browse(cast.alice)
    assert web.post(BULK, sent).status_code == 303
    assert (renewing(), AuditEntry.objects.count()) == before


def test_the_list_comes_back_as_it_was_filtered_and_leads_nowhere_else(cast: PortalCast) -> None:
    one, web = make_domain(cast.client), cast.browse(cast.alice)
    form = ticked(one, act="auto_renew_off")
    for back, there in (
        ("/client/domains?status=active&page=2", "/client/domains?status=active&page=2"),
        ("//evil.example/client/domains?x", "/client/domains"),
        ("https://evil.example", "/client/domains"),
        ("/client/domains/1/lock", "/client/domains"),
    ):
        assert web.post(BULK, form | {"next": back})["Location"] == there


def test_ticks_are_for_who_may_change_and_for_what_can_be(cast: PortalCast) -> None:
    active = make_domain(cast.client)
    make_domain(cast.client, "expired")
    pages = {
        user: cast.browse(user).get("/client/domains").content.decode()
        for user in (cast.tess, cast.bob)
    }
    assert pages[cast.tess].count('name="domain"') == 1
    assert f'value="{active.pk}" form="bulk"' in pages[cast.tess]
    assert 'name="domain"' not in pages[cast.bob]
    assert 'id="bulk"' not in pages[cast.bob]
    suspend_client(client=cast.client, ctx=CTX, reason="owes")
    assert 'id="bulk"' not in cast.browse(cast.tess).get("/client/domains").content.decode()


def test_names_are_counted_after_ten_of_them(cast: PortalCast) -> None:
    gone = [make_domain(cast.client, "cancelled") for _ in range(12)]
    web = cast.browse(cast.alice)
    web.post(BULK, ticked(*gone, act="auto_renew_off"))
    assert "and 2 more. This domain has ended." in read(web, "/client/domains")


def test_a_page_of_ticks_costs_a_few_queries_each(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Nothing is read for one that needs no change."""
    many = [make_domain(cast.client, auto_renew=False) for _ in range(15)]
    web = cast.browse(cast.alice)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 the domains
    with django_assert_num_queries(5):
        web.post(BULK, ticked(*many, act="auto_renew_off"))
