"""What was typed into a list's search field, matched against the columns that the list shows."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from commerce.presentation.formats import number_signs
from commerce.presentation.labels import Text

MAX_QUERY_LENGTH = 100
"""Characters of a query that count."""

_AMOUNT = re.compile(r"([0-9]{1,13}(?:\.[0-9]{1,4})?)(?:[ ]?([A-Za-z]{3}))?\Z")


@dataclass(frozen=True, slots=True)
class SearchColumns:
    """The searchable columns of a list, by kind. ``choices`` are stored values with the words that stand for them."""

    texts: Sequence[str] = ()
    days: Sequence[str] = ()
    amounts: Sequence[str] = ()
    choices: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)

    def search_filter(self, query: str) -> Q:
        """Rows in which some column has the query: a part of a text or word, a whole date, a whole amount."""
        found = Q()
        for column in self.texts:
            found |= Q(**{f"{column}__icontains": query})
        for column, words in self.choices.items():
            values = [value for value, word in words.items() if query.lower() in str(word).lower()]
            found |= Q(**{f"{column}__in": values})
        if (day := _day(query)) is not None:
            for column in self.days:
                found |= Q(**{column: day})
        if amount := _AMOUNT.match(_plain_number(query)):
            found |= self._amounts(Decimal(amount[1]), amount[2])
        return found

    def _amounts(self, value: Decimal, currency_code: str | None) -> Q:
        found = Q()
        for places in range(5):
            minor = value.scaleb(places)
            if minor == minor.to_integral_value():
                for column in self.amounts:
                    found |= Q(**{column: int(minor)}, currency__exponent=places)
        return found & Q(currency=currency_code.upper()) if currency_code else found


def normalize_query(query: str) -> str:
    """The query as it is searched for: composed, without control characters, blanks collapsed, at most ``LONGEST``."""
    composed = unicodedata.normalize("NFC", query[: 4 * MAX_QUERY_LENGTH])
    visible = "".join(letter if letter.isprintable() else " " for letter in composed)
    return " ".join(visible.split())[:MAX_QUERY_LENGTH]


def _day(query: str) -> date | None:
    try:
        return forms.DateField().to_python(query)
    except ValidationError:
        return None


def _plain_number(query: str) -> str:
    """``1.234,50`` of a locale as ``1234.50``."""
    decimal, thousands = number_signs()
    if thousands.strip():
        query = query.replace(thousands, "")
    return re.sub(r"(?<=[0-9])[\s\u00a0\u202f](?=[0-9])", "", query.replace(decimal, "."))
