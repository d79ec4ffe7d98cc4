"""What a return to the one-stop shop reports for a quarter (backoffice.md 6): in the currency of the books, with what
corrects earlier quarters apart.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncQuarter

from commerce.billing.reports.rules import quarter_of
from commerce.billing.reports.taxes import TaxedDocuments, TaxKey, TaxSums, documents_issued
from commerce.billing.tax.accounting import at_kept_rate
from commerce.kit.money import allocate

ONE_STOP_CASE = "eu_destination"
"""The case of ``determine_taxation`` in which tax is that of the buyer's country, another one in the EU."""


@dataclass(slots=True)
class OneStopQuarter:
    """One quarter's return: what was supplied in it, and what its credit notes take back of earlier quarters.

    Amounts are in the currency of the books, at the rate that the invoice kept when it was issued; what was issued
    without a rate stays in its own currency. ``corrections`` are by the first day of the quarter that they correct.
    """

    first: date
    last: date
    sums: dict[TaxKey, TaxSums] = field(default_factory=dict)
    corrections: dict[tuple[date, TaxKey], TaxSums] = field(default_factory=dict)


class _Found(NamedTuple):
    """Tax groups of one key whose invoices are of one quarter, given by its first day."""

    quarter: date
    key: TaxKey
    groups: int
    net: int
    tax: int


def one_stop_quarters(first: date, last: date) -> Iterator[OneStopQuarter]:
    """The quarters that a span touches, whole, in order."""
    start, after = quarter_of(first)
    while start <= last:
        yield _quarter(start, after - timedelta(days=1))
        start, after = quarter_of(after)


def _quarter(first: date, last: date) -> OneStopQuarter:
    sums: defaultdict[TaxKey, TaxSums] = defaultdict(TaxSums)
    corrections: defaultdict[tuple[date, TaxKey], TaxSums] = defaultdict(TaxSums)
    for part in documents_issued(first, last):
        for found in (*_in_own_currency(part), *_in_books(part)):
            own = found.quarter >= first
            sum_ = sums[found.key] if own else corrections[found.quarter, found.key]
            part.add(sum_, found.groups, found.net, found.tax)
    return OneStopQuarter(
        first, last, dict(sorted(sums.items())), dict(sorted(corrections.items()))
    )


def _abroad(part: TaxedDocuments, *, has_rate: bool) -> QuerySet[Any]:
    """What bore the tax of a buyer's country in the EU that isn't ours; of documents that kept a rate, or did not."""
    rows: QuerySet[Any] = part.rows.annotate(
        books=KeyTextTransform("currency", F(f"{part.invoice}__accounting_tax"))
    )
    return rows.filter(
        **{f"{part.invoice}__tax_evidence__case": ONE_STOP_CASE}, books__isnull=not has_rate
    )


def _in_own_currency(part: TaxedDocuments) -> Iterator[_Found]:
    """Documents in the currency of the books, and those without a rate: added up by the database."""
    rows = _abroad(part, has_rate=False).filter(Q(rate_milli__gt=0))
    grouped = rows.values_list(
        TruncQuarter(f"{part.invoice}__issue_date"),
        part.of_buyer("country"),
        F(f"{part.document}__currency_id"),
        "category",
        "rate_milli",
    )
    for quarter, country, *key, count, net, tax in grouped.annotate(
        Count("pk"), Sum("net"), Sum("tax")
    ):
        yield _Found(quarter, TaxKey(country or "", ONE_STOP_CASE, *key), count, net, tax)


def _in_books(part: TaxedDocuments) -> Iterator[_Found]:
    """Documents in another currency, one by one, since each has a rate of its own."""
    rows = _abroad(part, has_rate=True).order_by(f"{part.document}_id", "pk")
    columns = rows.values(
        "category",
        "rate_milli",
        "net",
        "tax",
        of=F(f"{part.document}_id"),
        country=part.of_buyer("country"),
        issued=F(f"{part.invoice}__issue_date"),
        currency=F(f"{part.document}__currency_id"),
        rate=F(f"{part.invoice}__accounting_tax"),
        said=F(f"{part.document}__accounting_tax"),
    )
    for _of, together in groupby(columns.iterator(), key=lambda row: row["of"]):
        yield from _converted(list(together))


def _converted(groups: list[Mapping[str, Any]]) -> Iterator[_Found]:
    """The tax groups of one document: their tax sums to what the document itself says in the currency of the books."""
    kept, said = groups[0]["rate"], groups[0]["said"].get("amount", 0)
    taxes = allocate(said, [group["tax"] for group in groups])
    for group, tax in zip(groups, taxes, strict=True):
        if group["rate_milli"]:
            net = at_kept_rate(group["net"], group["currency"], kept)
            place = group["country"] or "", ONE_STOP_CASE, kept["currency"]
            key = TaxKey(*place, group["category"], group["rate_milli"])
            yield _Found(quarter_of(group["issued"])[0], key, 1, net, tax)
