"""What a job does and what it asks, in words for people: each app gives those of its own, by ``commerce.wiring``."""

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


@dataclass(frozen=True, slots=True)
class RemoteWords:
    """What people call a server, registrar or gateway, and its pages of the staff area, below ``/admin``."""

    name: Text
    page: str
    credentials_page: str
    """Where its credentials are saved."""


type JobDescriber = Callable[[Job], JobWords]
type RemoteDescriber = Callable[[str], RemoteWords | None]

_describers: dict[str, JobDescriber] = {}
_remote_describers: dict[str, RemoteDescriber] = {}


def register_job_words(subject_kind: str, describe: JobDescriber) -> None:
    """``describe(job)`` says what the jobs about this kind of record do."""
    _describers[subject_kind] = describe


def register_remote_words(noun: str, describe: RemoteDescriber) -> None:
    """``describe(name)`` says what people call the remote ``noun name``; none for one that is not there any more."""
    _remote_describers[noun] = describe


def words_of_job(job: Job) -> JobWords:
    """What a job does; of work that no app describes, its number and name."""
    describe = _describers.get(job.subject_kind)
    return describe(job) if describe is not None else JobWords(titled(None, job))


def words_of_remote(remote: str) -> RemoteWords | None:
    """What people call what jobs ask; none for one that is not there any more."""
    noun, _space, name = remote.partition(" ")
    describe = _remote_describers.get(noun)
    return describe(name) if describe is not None else None


def _detail(label: Text, value: object) -> Text:
    return format_lazy(_("{label}: {value}"), label=label, value=value)


def details(pairs: Sequence[tuple[Text, object]]) -> list[Text]:
    """A line for each thing that is known."""
    return [_detail(label, value) for label, value in pairs if value]


def titled(title: Any, job: Job, **values: object) -> Text:
    """The title of an action with its values; that of any other names the job."""
    if title is None:
        return format_lazy(_("task {id} ({action})"), id=job.pk, action=job.action)
    return format_lazy(title, **values)
