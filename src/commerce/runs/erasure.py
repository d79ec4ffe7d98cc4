"""The steps of the daily run that erase what is personal of clients who asked for it (accounts.md 10)."""

from datetime import timedelta

from django.db.models import QuerySet

from commerce.accounts.erasure.actions.erasure import erase_client, erase_kept_records
from commerce.accounts.erasure.actions.requests import block_erasure, unblock_erasure
from commerce.accounts.erasure.emails import send_erasure_scheduled_email
from commerce.accounts.erasure.hooks import last_record_day
from commerce.accounts.erasure.rules import ERASED, ERASURE_NOTICE, ErasureStatus
from commerce.accounts.models import Erasure
from commerce.kit.context import Context
from commerce.kit.periods import add_months
from commerce.mail.actions.erasure import erase_last_mails
from commerce.runs.step import RunDay, StepCounts
from commerce.site_settings import current

_LAST_MAILS_KEPT = timedelta(days=7)
"""For as long is kept to whom it was told that the erasure is done: mail may have to be tried again."""


def find_coming_erasures(day: RunDay) -> "QuerySet[Erasure]":
    """Erasures that are due, and those of which the owners are told once more."""
    return Erasure.objects.open().filter(erase_on__lte=day.date + ERASURE_NOTICE).order_by("pk")


def advance_erasure(pk: int, day: RunDay) -> StepCounts:
    """Erase on its day, or as soon as nothing is open any more; 2 days before it the owners are told."""
    erasure = Erasure.objects.select_related("client").get(pk=pk)
    ctx = Context(day.at, day.actor)
    if erasure.status == ErasureStatus.BLOCKED and not unblock_erasure(erasure=erasure, ctx=ctx):
        return {"blocked": 1}
    if erasure.status != ErasureStatus.REQUESTED:
        return {}
    if erasure.erase_on > day.date:
        send_erasure_scheduled_email(erasure=erasure, occasion="soon", at=day.at)
        return {"told": 1}
    if erase_client(erasure=erasure, ctx=ctx):
        return {"erased": 1}
    block_erasure(erasure=erasure, ctx=ctx)
    return {"blocked": 1}


def find_erasures_with_records(day: RunDay) -> "QuerySet[Erasure]":
    """Erasures whose documents are kept."""
    del day
    return Erasure.objects.done().filter(records_erased_at=None).order_by("pk")


def erase_old_records(pk: int, day: RunDay) -> StepCounts:
    """Erase what documents say of an erased client once the last one is older than ``retention.invoice_years``."""
    erasure = Erasure.objects.get(pk=pk)
    assert erasure.ended_at is not None
    last = last_record_day(erasure.client_id) or current.business_date(erasure.ended_at)
    years = current.get_setting("retention.invoice_years")
    if erasure.records_erased_at is not None or add_months(last, 12 * years) > day.date:
        return {}
    erase_kept_records(erasure=erasure, ctx=Context(day.at, day.actor))
    return {"erased": 1}


def erase_last_mails_daily(day: RunDay) -> int:
    """Erase to whom it was told, some days ago, that all else is erased; how many."""
    return erase_last_mails(event="erasure_done", before=day.at - _LAST_MAILS_KEPT, marker=ERASED)
