"""Search in lists of money: by the numbers of a record, and by its client; each by an index, or among clients alone."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from commerce.accounts.models import Client
from commerce.backoffice.base.clients import clients_found
from commerce.backoffice.base.records import RecordAdmin
from commerce.billing.invoices.rules import format_document_number
from commerce.kit import clock
from commerce.site_settings.current import business_date, get_setting

MAX_RELATED = 100
"""Of so many records of another table, the newest ones, rows are found."""


def as_typed(words: str) -> str:
    """A reference is found as it was typed."""
    return words


def as_invoice_number(words: str) -> str:
    """Of an invoice: in capitals, or only its end (``49`` for ``INV-0049``)."""
    return _as_number(words, "billing.invoice_prefix")


def as_credit_note_number(words: str) -> str:
    """The same of a credit note."""
    return _as_number(words, "billing.credit_note_prefix")


def _as_number(words: str, prefix: str) -> str:
    if words.isascii() and words.isdecimal():
        today = business_date(clock.now())
        return format_document_number(get_setting(prefix), today, int(words))
    return words.upper()


def as_reference(words: str) -> str:
    """A payment reference, with or without the blanks that it is shown with."""
    return "".join(words.split()).upper()


def clients_named(request: HttpRequest, words: str) -> list[int]:
    """The client of this ID, or those who have the words in their name, company or email."""
    if words.isascii() and words.isdecimal() and len(words) < 19:
        return list(Client.objects.filter(pk=int(words)).values_list("pk", flat=True))
    return clients_found(request, words)


class FoundByClient(RecordAdmin):
    """A list that is searched by ``search_lookups`` (lookup and form of what was typed) and by client."""

    search_lookups: ClassVar[Mapping[str, Callable[[str], str]]] = {}
    client_lookup: ClassVar[str] = "client"
    search_fields = ("pk",)  # shows the box

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        words = " ".join(search_term.split())
        if not words:
            return queryset, False
        found = Q(**{f"{self.client_lookup}__in": clients_named(request, words)})
        for lookup, form in self.search_lookups.items():
            found |= self._found_by(lookup, form(words))
        return queryset.filter(found), False

    def _found_by(self, lookup: str, value: str) -> Q:
        """Rows of what another table has are found by their keys: a condition over both would read both as a whole."""
        column, _, rest = lookup.partition("__")
        related = self.model._meta.get_field(column).related_model
        if not isinstance(related, type):
            return Q(**{lookup: value})
        rows = related._default_manager.filter(**{rest: value}).order_by("-pk")
        return Q(**{f"{column}__in": list(rows.values_list("pk", flat=True)[:MAX_RELATED])})
