"""What a job does, in words for people: each app gives those of its own work, by ``commerce.wiring``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commerce.jobs.models import Job
from commerce.presentation.labels import Text


@dataclass(frozen=True, slots=True)
class JobWords:
    """What is to be done, to come after a colon; for whom; and what somebody needs who does it by hand."""

    what: Text
    client: Any = None
    details: Sequence[Text] = ()


type JobDescriber = Callable[[Job], JobWords]

_describers: dict[str, JobDescriber] = {}


def register_job_words(subject_kind: str, describe: JobDescriber) -> None:
    """``describe(job)`` says what the jobs about this kind of record do."""
    _describers[subject_kind] = describe


def words_of_job(job: Job) -> JobWords:
    """What a job does; of work that no app describes, its name."""
    describe = _describers.get(job.subject_kind)
    if describe is not None:
        return describe(job)
    return JobWords(f"{job.action}, {job.subject_kind} {job.subject_id}")


def _detail(label: Text, value: object) -> Text:
    return format_lazy("{label}: {value}", label=label, value=value)


def details(pairs: Sequence[tuple[Text, object]]) -> list[Text]:
    """A line for each thing that is known."""
    return [_detail(label, value) for label, value in pairs if value]


def titled(title: Any, job: Job, **values: object) -> Text:
    """The title of an action with its values; that of any other names the job."""
    if title is None:
        return format_lazy(_("task {id} ({action})"), id=job.pk, action=job.action)
    return format_lazy(title, **values)
