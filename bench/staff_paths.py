"""What ``bench.staff_pages`` asks: every long list of the staff area as it opens, by each of its filters, and by its
search; a filter is asked for what is frequent, what is rare and what is not there, as these are read in different ways.
"""

import time
from collections.abc import Iterator, Mapping

from bench import data
from commerce.backoffice.lists.order import column_order
from commerce.backoffice.site import staff_site
from commerce.kit import clock

_ASKED: Mapping[str, tuple[str, ...]] = {
    "clients": (
        *("status=active", "status=closed", "group=3", "tag=3"),
        *("q=grace+ab", "q=client1777%40example.com", "q=ltd", "q=zzzzzz"),
    ),
    "members": ("q=user177", "q=zzzzzz"),
    "client-notes": ("q=invoice+177", "q=zzzzzz"),
    "api-tokens": ("status=live", "status=revoked", "q=user177", "q=zzzzzz"),
    "orders": (
        *(
            "status=pending",
            "status=fraud",
            "client=2",
            "created_at_from_0={month}&created_at_to_0={today}",
        ),
        *("invoice__status=paid&status=pending", "q=ORD-17777", "q=grace+ab", "q=zzzzzz", "p=150"),
    ),
    "services": (
        *("status=suspended", "status=pending", "client=2", "product=7", "server=7"),
        *(
            "next_due_date_from=2026-05-01&next_due_date_to=2026-05-02",
            "q=site777",
            "q=grace+ab",
            "q=zzzzzz",
        ),
    ),
    "plan-changes": ("status=pending", "status=rejected"),
    "cancellations": ("status=pending", "status=rejected"),
    "domains": (
        "status=expired",
        "status=fraud",
        "client=2",
        "q=name777",
        "q=grace+ab",
        "q=zzzzzz",
    ),
    "invoices": (
        *(
            "p=150",
            "status=paid",
            "status=overdue",
            "status=draft",
            "kind=renewal",
            "kind=late_fee",
            "currency=EUR",
        ),
        *("client=2", "issue_date_from={month}&issue_date_to={today}", "due_date_from={today}"),
        *(
            "status=overdue&currency=EUR&due_date_to={month}",
            "tax_groups__category=S",
            "tax_groups__category=AE",
        ),
        *("q=INV-0777123", "q=RF00000000777123", "q=alice+a", "q=zzzzzz"),
    ),
    "credit-notes": (
        *("currency=EUR", "client=2", "issue_date_from={month}&issue_date_to={today}"),
        *("q=CN-0777", "q=grace+ab", "q=zzzzzz"),
    ),
    "payments": (
        *(
            "p=150",
            "status=completed",
            "status=refunded",
            "status=disputed",
            "gateway=stripe",
            "gateway=manual",
        ),
        *(
            "currency=EUR",
            "client=2",
            "received_on_from={month}&received_on_to={today}",
            "q=txn_abc1",
        ),
        *("q=INV-0777123", "q=grace+ab", "q=zzzzzz"),
    ),
    "refunds": (
        *("status=failed", "status=requested", "method=credit", "gateway=stripe", "currency=EUR"),
        *("created_at_from={month}&created_at_to={today}", "q=re_abc1", "q=grace+ab", "q=zzzzzz"),
    ),
    "disputes": (
        *(
            "status=open",
            "gateway=stripe",
            "due_by_from={month}&due_by_to={today}",
            "q=dp_abc1",
            "q=grace+ab",
        ),
        "q=zzzzzz",
    ),
    "unallocated-payments": (
        *(
            "status=open",
            "status=assigned",
            "gateway=manual",
            "received_on_from={month}&received_on_to={today}",
        ),
        *("q=bank-177", "q=zzzzzz"),
    ),
    "transfer-notices": (
        "status=open",
        "status=rejected",
        "currency=EUR",
        "q=INV-0777120",
        "q=grace+ab",
        "q=zzzzzz",
    ),
    "credit-movements": (
        *("reason=applied", "reason=payout", "currency=EUR", "at_from_0={month}&at_to_0={today}"),
        *("q=grace+ab", "q=zzzzzz"),
    ),
    "credit-balances": ("currency=EUR", "q=grace+ab", "q=zzzzzz"),
    "gateway-events": (
        *("status=parked", "status=ignored", "gateway=stripe", "gateway=manual"),
        *(
            "received_at_from_0={month}&received_at_to_0={today}",
            "q=evt_abc1",
            "q=payment.succeeded",
            "q=zzzzzz",
        ),
    ),
    "mails": (
        "status=sent",
        "status=failed",
        "status=queued",
        "q=client1777%40example.com",
        "q=zzzzzz",
    ),
    "jobs": ("status=succeeded", "status=parked", "status=dropped", "q=service%3A1777", "q=1777"),
    "runs": (),
    "audit": (
        *(
            "actor_kind=staff",
            "actor_kind=token",
            "person=staff3%40",
            "person=zzzzzz",
            "action=invoice.issued",
        ),
        *(
            "action=client",
            "action=nothing.known",
            "client=2",
            "record=invoice+777123",
            "record=client",
        ),
        "at_from_0={month}&at_to_0={today}",
    ),
}
"""The queries that each list is asked with, besides none; all lists with many rows are here."""


def staff_paths() -> dict[str, str]:
    """Name and address of each page, with the days of today."""
    today = clock.now().date()
    days = {
        "today": today.isoformat(),
        "month": f"{time.strftime('%Y-%m', time.gmtime(time.time() - 40 * 86_400))}-01",
    }
    return dict(_each(days))


_SORTED: Mapping[str, str] = {
    "clients": "group=3",
    "orders": "status=fraud",
    "services": "client=2",
    "domains": "client=2",
    "invoices": "status=overdue&currency=EUR&due_date_to={month}",
    "payments": "client=2",
    "mails": "status=failed",
    "audit": "actor_kind=token",
}
"""What leaves so few rows of a list that each of its columns sorts; the whole list is sorted by those with an index."""

SAVED_VIEWS: Mapping[str, tuple[str, ...]] = {
    "invoices": ("status=paid", "status=overdue", "status=draft", "kind=renewal", "currency=EUR"),
    "services": ("status=suspended", "status=pending", "product=7", "server=7"),
    "clients": ("status=active", "status=closed", "group=3", "tag=3"),
}
"""The views that the super admin has, which the script of each page of these lists has counted."""


def _sorted_lists(days: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for admin in staff_site.record_admins:
        narrowed = _SORTED.get(admin.slug)
        if narrowed is None:
            continue
        for column in admin.list_display:
            order = column_order(column, admin.model._default_manager.all())
            if order is not None:
                asked = [] if order.is_indexed else [narrowed.format(**days)]
                for sign in ("", "-"):
                    query = "&".join((*asked, f"o={sign}{column.name}"))
                    yield f"{admin.slug} sorted?{query}", f"/admin/{admin.slug}?{query}"


_TABS = ("overview", "services", "billing", "emails", "activity", "details")
_OF_CLIENT = {"client with 500 services": data.MEDIUM, "client with 60 services": data.FIRST_CALLER}


def _each(days: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "dashboard", "/admin/dashboard"
    yield "open work", "/admin/open-work"
    for name, client in _OF_CLIENT.items():
        for tab in _TABS:
            yield f"{name}?tab={tab}", f"/admin/clients/{client}?tab={tab}"
    yield from _sorted_lists(days)
    for slug in SAVED_VIEWS:
        yield f"counts of views?{slug}", f"/admin/saved-views/counts?list={slug}"
    slugs = {admin.slug for admin in staff_site.record_admins}
    for slug, queries in _ASKED.items():
        if slug not in slugs:
            continue
        yield slug, f"/admin/{slug}"
        for query in queries:
            asked = query.format(**days)
            yield f"{slug}?{asked}", f"/admin/{slug}?{asked}"
    for words in ("grace+ab", "zzzzzz"):  # an exact number opens its record
        yield f"search?q={words}", f"/admin/search?q={words}"
    for words in ("grace+ab", "grace", "ltd", "INV-0777123", "7123", "12.00", "txn_abc1", "zzzzzz"):
        yield f"search while typing?q={words}", f"/admin/search?part=list&q={words}"
