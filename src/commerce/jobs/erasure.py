"""Erasing what ended jobs were told and what they met: both may be personal (accounts.md 10)."""

from collections.abc import Iterable

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from commerce.jobs.models import Job
from commerce.jobs.rules import OPEN_STATES


def erase_job_details(kind: str, ids: Iterable[int]) -> int:
    """Empty arguments, errors and keys of the ended jobs about these subjects; how many there are."""
    ended = Job.objects.filter(subject_kind=kind, subject_id__in=list(ids)).exclude(
        status__in=OPEN_STATES
    )
    key = Concat(Value("erased-"), Cast(F("pk"), CharField()), output_field=CharField())
    return ended.update(args={}, error="", idempotency_key=key)
