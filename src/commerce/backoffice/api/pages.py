"""`/admin/api`: the staff API as a page to read, made from its description."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.api.description import describe
from commerce.backoffice.base.context import site_of, staff_page
from commerce.backoffice.base.pages import Access, MenuGroup, MenuItem, Page, PageRule, Room


class ShownOperation(NamedTuple):
    """An operation as the page has it."""

    method: str
    path: str
    summary: str
    description: str
    members: list[tuple[str, str, str]]
    """Name, type and words of what it takes."""


def staff_api(request: HttpRequest) -> HttpResponse:
    """Each list with its filters and fields, and each act with what it takes."""
    with translation.override("en"):
        described = describe(site_of(request), settings.COMMERCE_URL)
    groups: dict[str, list[ShownOperation]] = {}
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            shown = ShownOperation(
                method.upper(), path, one["summary"], one["description"], _members(one)
            )
            groups.setdefault(one["tags"][0], []).append(shown)
    server = described["servers"][0]["url"]
    context = {
        "title": _("Staff API"),
        "server": server,
        "first_call": f'curl -H "Authorization: Bearer $TOKEN" {server}/clients?limit=5',
        "groups": groups,
    }
    return staff_page(request, "backoffice/api/page.html", context)


def _members(operation: dict[str, Any]) -> list[tuple[str, str, str]]:
    query = [
        (one["name"], _kind(one["schema"]), one["description"])
        for one in operation.get("parameters", ())
        if one["in"] == "query"
    ]
    body = operation.get("requestBody")
    schema = body["content"]["application/json"]["schema"] if body else {}
    members = [
        (name, _kind(one), one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    ]
    return [*members, *query]


def _kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "")
    return kind if isinstance(kind, str) else " or ".join(kind)


ROOM = Room(
    pages=(Page("api", staff_api, "staff_api", PageRule(Access.ANY_STAFF)),),
    menu=(MenuItem(MenuGroup.PROGRAMS, _lazy("Staff API"), "staff_api"),),
)
