"""What is left on account at registrars, looked at each day (domains.md 6)."""

import logging

from django.conf import settings

from commerce.accounts.recipients import send_staff_email
from commerce.domains.models import Domain, Tld
from commerce.domains.registrars.contract import Cost
from commerce.domains.registrars.registry import REGISTRAR_CLASSES, get_registrar
from commerce.domains.rules import LIVE_DOMAIN_STATUSES
from commerce.kit.money import Money
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.current import get_setting

log = logging.getLogger(__name__)


def registrars_in_use() -> list[str]:
    """The slugs of those that names or TLDs are at, and of the default one."""
    live = Domain.objects.filter(status__in=LIVE_DOMAIN_STATUSES)
    named = {str(get_setting("domains.registrar"))}
    for rows in (live, Tld.objects.all()):
        named |= set(rows.order_by().values_list("registrar", flat=True).distinct())
    return sorted(named & REGISTRAR_CLASSES.keys())


def send_low_balance_emails(day: RunDay, report: StepReport) -> None:
    """Ask each registrar that tells its balance; staff hear each day of one that is below the limit of its currency."""
    limits = get_setting("domains.low_balance")
    asked = [slug for slug in registrars_in_use() if REGISTRAR_CLASSES[slug].capabilities.balance]
    low = 0
    for slug in asked if limits else []:
        answer = get_registrar(slug).test()
        if answer.data is None:
            log.warning("The balance at %s is not known: %s", slug, answer.message)
            continue
        low += _told_if_low(slug, answer.data, limits.get(answer.data.currency_code), day)
    report.rows = len(asked)
    report.outcome = f"{low} low" if low else "none is low"


def _told_if_low(slug: str, balance: Cost, limit: int | None, day: RunDay) -> bool:
    if limit is None or balance.amount >= limit:
        return False
    send_staff_email(
        event="registrar_balance_low",
        idempotency_key=f"{slug} {day.date}",
        page=f"registrars/{slug}",
        values={
            "registrar": REGISTRAR_CLASSES[slug].name,
            "balance": Money(balance.amount, balance.currency_code),
            "limit": Money(limit, balance.currency_code),
            "settings_url": f"{settings.COMMERCE_URL}/admin/settings/domains",
        },
        at=day.at,
    )
    return True
