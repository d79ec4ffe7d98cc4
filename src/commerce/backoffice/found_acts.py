"""What the search finds to do, and pages: ``> record payment``, ``weber > order``, ``> order`` on a client's page."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.accounts.records.clients import client_title
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, signed_in_staff
from commerce.backoffice.base.context import site_of
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.found_keys import FoundGroup, FoundRecord, find_by_keys
from commerce.backoffice.people.client_page.overview import open_invoices, payment_url
from commerce.db.search_text import fold_words

SIGN = ">"
"""Behind it stands what is to be done, before it with whom."""
MOST_ACTS = 10


def find_acts(request: HttpRequest, text: str, open_client: str) -> list[FoundGroup]:
    """What the person may do now, of what the text behind the sign says: with the client whom the text before it finds,
    or whose page is open, and without any.
    """
    said, _sign, wanted = (part.strip() for part in text.partition(SIGN))
    words = fold_words(wanted)
    client = _client_said(request, said) if said else _client_open(request, open_client)
    found = []
    if client:
        admin = _admin_of_clients(request)
        url = admin.record_url(client)
        head = FoundRecord(f"#{client.pk}", client_title(client), url)
        found.append(FoundGroup(head, _matching(words, _acts_of(request, admin, client))))
    if not said:
        found.append(FoundGroup(None, _matching(words, _acts_and_pages(request))))
    return [group for group in found if group.records]


def _admin_of_clients(request: HttpRequest) -> RecordAdmin:
    found: RecordAdmin = site_of(request)._registry[Client]
    return found


def _client_said(request: HttpRequest, said: str) -> Client | None:
    groups = find_by_keys(request, said)
    head = next((group.client for group in groups if group.client), None)
    return Client.objects.filter(pk=str(head.kind).lstrip("#")).first() if head else None


def _client_open(request: HttpRequest, pk: str) -> Client | None:
    may_see = pk.isascii() and pk.isdecimal() and len(pk) < 19
    if not may_see or not may(request, _admin_of_clients(request).view_permission):
        return None
    return Client.objects.filter(pk=int(pk)).first()


def _acts_of(request: HttpRequest, admin: Any, client: Client) -> Iterator[FoundRecord]:
    if may(request, StaffPermission.INVOICES_RECORD_PAYMENT):
        for invoice in open_invoices(client)[:1]:
            yield FoundRecord(invoice.number or "", _("Record payment"), payment_url(invoice))
    for shown in admin.shown_actions(request, client):
        if not shown.reason_against:
            yield FoundRecord("", str(shown.action.label), shown.url)


def _acts_and_pages(request: HttpRequest) -> Iterator[FoundRecord]:
    site = site_of(request)
    for admin in site.record_admins:
        for shown in admin.shown_list_actions(request):
            if not shown.reason_against:
                yield FoundRecord(admin.label, str(shown.action.label), shown.url)
    for group, pages in site.menu.readable(signed_in_staff(request).all_permissions).items():
        for item, url in pages:
            yield FoundRecord(group.label, str(item.label), url)


def _matching(words: list[str], records: Iterator[FoundRecord]) -> list[FoundRecord]:
    """Those whose words and address have each of these somewhere; what begins with the first comes first."""
    found = [one for one in records if all(word in _searched(one) for word in words)]
    found.sort(key=lambda one: not _searched(one).startswith(words[0]) if words else False)
    return found[:MOST_ACTS]


def _searched(record: FoundRecord) -> str:
    return " ".join(fold_words(f"{record.title} {record.kind} {record.url}"))
