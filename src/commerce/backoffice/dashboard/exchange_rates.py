"""Exchange rates that invoices lack, or that wait to be confirmed, for whoever may set them (billing.md 9)."""

from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.dashboard.open_work import Held, WaitingWork, WorkGroup
from commerce.backoffice.reports.report_request import MAX_DAYS
from commerce.billing.tax.accounting import RateGap, rate_gaps
from commerce.catalog.models import Currency


def exchange_rate_work(held: Held, today: date) -> Iterator[WaitingWork]:
    """Each pair of currencies whose rate is missing or too old, with the documents that lack it, and published rates
    that staff must confirm.
    """
    if StaffPermission.PRODUCTS_MANAGE not in held:
        return
    for gap in rate_gaps(today):
        pair = f"{gap.rate.currency} {gap.rate.books}"
        url = _currency_url(gap.rate.to_set)
        yield _gap(f"rate {pair}", _gap_text(gap, today), url, _("Set exchange rate"))
        if gap.documents:
            sees_reports = StaffPermission.REPORTS_VIEW in held
            url = _report_url(gap, today) if sees_reports else ""
            text, button = _documents_text(gap), _("View documents")
            yield _gap(f"documents without rate {pair}", text, url, button, gap.documents)
    waiting = (
        Currency.objects.exclude(held_quotes="").order_by("code").values_list("code", flat=True)
    )
    for code in waiting:
        text = _("A published exchange rate of %(currency)s to confirm") % {"currency": code}
        yield _gap(f"rate to confirm {code}", text, _currency_url(code), _("Confirm exchange rate"))


def _gap(key: str, text: str, url: str, button: str, count: int = 1) -> WaitingWork:
    return WaitingWork(key, WorkGroup.GAPS, text, url, button, count)


def _gap_text(gap: RateGap, today: date) -> str:
    pair = {"currency": gap.rate.currency, "books": gap.rate.books}
    if gap.rate.rate.day is None:
        return _("No exchange rate from %(currency)s to %(books)s") % pair
    age = (today - gap.rate.rate.day).days
    return ngettext(
        "The exchange rate from %(currency)s to %(books)s is %(days)s day old",
        "The exchange rate from %(currency)s to %(books)s is %(days)s days old",
        age,
    ) % {**pair, "days": age}


def _documents_text(gap: RateGap) -> str:
    return ngettext(
        "%(count)s document in %(currency)s issued without its tax in %(books)s",
        "%(count)s documents in %(currency)s issued without their tax in %(books)s",
        gap.documents,
    ) % {"count": gap.documents, "currency": gap.rate.currency, "books": gap.rate.books}


def _currency_url(code: str) -> str:
    return reverse("admin:catalog_currency_change", args=[code])


def _report_url(gap: RateGap, today: date) -> str:
    longest = today - timedelta(days=MAX_DAYS)
    first = gap.rate.rate.day + timedelta(days=1) if gap.rate.rate.day else longest
    span = {"first": max(first, longest), "last": today}
    return f"{reverse('admin:report', args=['tax-without-rate'])}?{urlencode(span)}"
