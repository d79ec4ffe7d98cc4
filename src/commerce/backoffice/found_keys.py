"""What a text that somebody types finds among the search keys (backoffice.md 3, decision 171), grouped by client."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Left
from django.db.models.lookups import IsNull
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.accounts.models import Client, SearchKey
from commerce.accounts.records.clients import client_title
from commerce.accounts.rules import SearchKeyForm
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.backoffice.base.context import site_of
from commerce.backoffice.base.pages import Text
from commerce.backoffice.base.records import RecordAdmin
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.catalog.models import Currency
from commerce.db.search_text import MAX_REVERSED, ascii_lower, fold_words
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import count_text
from commerce.record_search_keys import SEARCH_SOURCES

MOST_OF_A_READING = 10
MOST_COUNTED = 2_000
"""Keys that begin with one of several words: which of two frequent ones leads matters no more."""
_PAID = ("invoice", "payment", "saved_card")
"""What an amount or a card finds."""
_NUMBERED = ("invoice", "credit_note", "order")
_LAST = "\U0010ffff"
_NUMBER = re.compile(r"([a-z]+)-?([0-9]+(?:-[0-9]+)*)")
_PHONE = re.compile(r"\+?[0-9 ()/.-]{5,}")
_LEAST_DIGITS = 5
_LAST_FOUR = 4


class FoundRecord(NamedTuple):
    """A record that was found: its kind in words, what it is called, where it is, and what else to know at a glance."""

    kind: Text
    title: str
    url: str
    note: str = ""


class FoundGroup(NamedTuple):
    """What was found of a client, who is None where something belongs to nobody."""

    client: FoundRecord | None
    records: list[FoundRecord]


def find_by_keys(
    request: HttpRequest, text: str, among: Collection[str] = tuple(SEARCH_SOURCES)
) -> list[FoundGroup]:
    """What the person may open of what the text finds ``among`` these kinds, the nearest first."""
    admins = _admins(request)
    kinds = {kind: admins[kind] for kind in among if may(request, admins[kind].view_permission)}
    keys = _keys(text, kinds)
    titled = {kind: _records(request, admin, kind, keys) for kind, admin in kinds.items()}
    shown = {client for *_, client in keys if client is not None}
    clients = (
        Client.objects.in_bulk(shown) if may(request, admins["client"].view_permission) else {}
    )
    notes = client_notes(request, clients) if "client" in among else {}
    groups: dict[int | None, dict[str, FoundRecord]] = {}
    for kind, pk, client in keys:
        group = groups.setdefault(client, {})
        if kind != "client" and (found := titled[kind].get(pk)):
            group.setdefault(found.url, found)
    return [
        FoundGroup(_client(request, clients.get(pk or 0), notes), list(records.values()))
        for pk, records in groups.items()
        if pk in clients or records
    ]


def exact_number(request: HttpRequest, text: str) -> str:
    """The page of the one record that has this number, as it is typed; empty if there is none, or more."""
    number = ascii_lower(text.strip())
    if not re.fullmatch(r"[a-z]+.*[0-9]", number):
        return ""
    return titled_exactly(find_by_keys(request, text, _NUMBERED), number)


def titled_exactly(groups: Sequence[FoundGroup], text: str) -> str:
    """The page of the one record whose title ends with exactly this; empty if there is none, or more."""
    same = [
        one
        for group in groups
        for one in group.records
        if ascii_lower(one.title).split()[-1:] == [ascii_lower(text)]
    ]
    return same[0].url if len(same) == 1 else ""


def _admins(request: HttpRequest) -> dict[str, RecordAdmin]:
    """By kind; a saved card is found on the page of its client alone."""
    by_model = {one.model: one for one in site_of(request).record_admins}
    return {
        kind: by_model.get(source.model) or by_model[Client]
        for kind, source in SEARCH_SOURCES.items()
    }


def _records(
    request: HttpRequest, admin: RecordAdmin, kind: str, keys: Sequence[tuple[str, int, int | None]]
) -> dict[int, FoundRecord]:
    asked = {pk for of, pk, _client in keys if of == kind}
    if not asked or kind in ("client", "saved_card"):
        return {}
    rows = admin.get_queryset(request).in_bulk(asked)
    return {
        pk: FoundRecord(admin.label, admin.record_title(row), admin.record_url(row))
        for pk, row in rows.items()
    }


def _client(
    request: HttpRequest, client: Client | None, notes: Mapping[int, str]
) -> FoundRecord | None:
    if client is None:
        return None
    url = _admins(request)["client"].record_url(client)
    return FoundRecord(f"#{client.pk}", client_title(client), url, notes.get(client.pk, ""))


def client_notes(request: HttpRequest, clients: Collection[int]) -> Mapping[int, str]:
    """What each of these clients owes and how many services they have, as far as the person may see that."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    if clients and may(request, StaffPermission.INVOICES_VIEW):
        owed = Invoice.objects.filter(client__in=clients, status__in=OPEN_INVOICE_STATUSES)
        sums = owed.order_by("currency_id").values_list("client_id", "currency_id")
        amounts: defaultdict[int, list[str]] = defaultdict(list)
        for client, currency, amount in sums.annotate(Sum("amount_due")):
            amounts[client].append(format_money(amount, currency))
        for client, some in amounts.items():
            found[client].append(_("owes %(amounts)s") % {"amounts": ", ".join(some)})
    if clients and may(request, StaffPermission.SERVICES_VIEW):
        live = Service.objects.filter(client__in=clients, status__in=LIVE_SERVICE_STATUSES)
        counts = live.order_by().values_list("client_id").annotate(Count("pk"))
        for client, count in counts:
            words = ngettext("%(count)s service", "%(count)s services", count)
            found[client].append(words % {"count": count_text(count)})
    return {client: " · ".join(some) for client, some in found.items()}


def _keys(text: str, kinds: Collection[str]) -> list[tuple[str, int, int | None]]:
    """Kind, id and client of what is found, each once."""
    rows: Any = SearchKey.objects.filter(record_kind__in=list(kinds))
    found: dict[tuple[str, int, int | None], None] = {}
    for condition, order in _readings(text):
        ids = rows.filter(condition).order_by(*order)
        ids = ids.values_list("record_kind", "record_id", "client_id")[:MOST_OF_A_READING]
        found |= dict.fromkeys(ids)
    return list(found)


def _readings(text: str) -> Iterator[tuple[Q, tuple[str, ...]]]:
    """What the text may be, with the order in which the nearest comes first."""
    small = ascii_lower(text.strip().lstrip("#"))
    if not small:
        return
    nearest = ("key", "record_kind", "record_id")  # as the index has them
    if exact := _exact_numbers(small):
        yield Q(form=SearchKeyForm.END, field="number", key__in=exact), ()
    for condition in _ends(small):
        yield condition, nearest
    for key in sorted(_wholes(small)):
        for kind in _PAID:  # each by the index alone, the newest first
            yield Q(form=SearchKeyForm.WHOLE, key=key, record_kind=kind), ("-record_id",)
    squeezed = "".join(small.split())
    yield _begins(SearchKeyForm.WORD, squeezed), nearest
    words = sorted(set(fold_words(small)), key=_how_rare)
    if words and words != [squeezed]:
        named = _begins(SearchKeyForm.WORD, words[0])
        same = SearchKey.objects.filter(
            record_kind=OuterRef("record_kind"), record_id=OuterRef("record_id")
        )
        for other in words[1:]:
            # A value, not EXISTS: that becomes a join, which may read all that begins with either word. Not by the
            # range of keys: a database would read that for each record, in place of the few keys of the record.
            begin = same.annotate(begin=Left("key", len(other)))
            word = Subquery(begin.filter(form=SearchKeyForm.WORD, begin=other).values("form")[:1])
            named &= Q(IsNull(word, False))
        yield named, nearest


def _how_rare(word: str) -> tuple[int, int]:
    """Which of several words leads to the fewest keys, counted as far as that matters; the longer of equal ones."""
    keys = SearchKey.objects.filter(_begins(SearchKeyForm.WORD, word))
    return keys.values("pk")[:MOST_COUNTED].count(), -len(word)


def _begins(form: SearchKeyForm, text: str) -> Q:
    return Q(form=form, key__gte=text, key__lt=text + _LAST)


def _exact_numbers(small: str) -> set[str]:
    """``inv-49``, and with zeros before the 49."""
    number = _as_number(small)
    match = _NUMBER.fullmatch(number)
    if match is None:
        return set()
    bare = match[2].lstrip("0") or "0"
    padded = (f"{match[1]}-{bare.zfill(length)}" for length in range(1, 11))
    return {one[::-1] for one in (number, *padded)}


def _as_number(small: str) -> str:
    """As numbers are stored."""
    return re.sub(r"[ /_.]", "-", small)[-MAX_REVERSED:]


def _ends(small: str) -> Iterator[Q]:
    """A number, a phone number or a tax number by its end."""
    if re.fullmatch(r"[0-9][0-9-]*", number := _as_number(small)):
        yield _begins(SearchKeyForm.END, number[::-1]) & Q(field="number")
    digits = re.sub(r"[^0-9]", "", small.replace("(0)", ""))
    if _PHONE.fullmatch(small) and len(digits) >= _LEAST_DIGITS:
        spelled = {digits.lstrip("0")}
        if small.startswith(("+", "00")):
            spelled.add(digits.lstrip("0")[2:])
        for one in sorted(spelled, key=len, reverse=True):
            if len(one) >= _LEAST_DIGITS:
                yield _begins(SearchKeyForm.END, one[::-1]) & Q(field="phone")
    code = re.sub(r"[^0-9a-z]", "", small)
    if len(digits) >= _LEAST_DIGITS:
        yield _begins(SearchKeyForm.END, code[::-1]) & Q(field="tax_id")


def _wholes(small: str) -> set[str]:
    """An amount in each currency that it may be of, with a comma or a point; the last four of a card."""
    bare = small.replace(" ", "").strip("€$£")
    whole, _sign, part = bare.replace(",", ".").rpartition(".")
    plain = f"{whole.replace('.', '')}.{part}" if whole else part
    found = {bare} if re.fullmatch(rf"[0-9]{{{_LAST_FOUR}}}", bare) else set()
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,3})?", plain):
        return found
    for currency in Currency.objects.all():
        minor = Decimal(plain).scaleb(currency.exponent)
        if minor == int(minor):
            found.add(f"{int(minor)}{currency.pk}")
    return found
