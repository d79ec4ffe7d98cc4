"""Jobs: once for each cause, tried again, put off, parked, dropped, lost and found."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from commerce.audit.models import Entry
from commerce.jobs import events, registry, running
from commerce.jobs.actions import (
    claim_job,
    drop_job,
    drop_pointless,
    finish_by_hand,
    give_back_lost,
    queue,
    queue_each,
    renew_lease,
    retry_job,
    succeed_job,
)
from commerce.jobs.models import Job
from commerce.jobs.registry import Hopeless, Later, Pointless, Work, handles
from commerce.kit.actor import SYSTEM, Actor
from commerce.kit.errors import Moved, Refused
from commerce.preferences.models import Setting
from tests.make.jobs import run_all
from tests.make.people import AT

pytestmark = pytest.mark.django_db
SUBJECT = ("thing", 7)
SAM = Actor("staff", 1, "Sam")


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    """Handlers and reactions of a test end with it."""
    kinds, reactions = dict(registry._kinds), dict(events._reactions)
    yield
    for stored, before in ((registry._kinds, kinds), (events._reactions, reactions)):
        stored.clear()
        stored.update(before)


@pytest.fixture
def done() -> list[Work]:
    """What the handler of `thing.do` was given."""
    found: list[Work] = []
    handles("thing.do")(found.append)
    return found


def failing(action: str, *errors: Exception | None, **options: Any) -> list[Work]:
    """A handler that raises these one after the other, the last again and again; None is success."""
    runs: list[Work] = []

    def handler(work: Work) -> None:
        runs.append(work)
        if error := errors[min(len(runs), len(errors)) - 1]:
            raise error

    handles(action, **options)(handler)
    return runs


def after(**delta: float) -> datetime:
    return AT + timedelta(**delta)


def job(action: str = "thing.do") -> Job:
    return Job.objects.get(action=action)


def test_the_same_cause_makes_one_job(done: list[Work]) -> None:
    """U10, also when the first has ended."""
    for _ in range(3):
        queue(SUBJECT, "thing.do", "order 1", AT, {"colour": "red"})
    run_all(AT)
    queue(SUBJECT, "thing.do", "order 1", AT, {"colour": "blue"})
    run_all(AT)
    (work,) = done
    assert (work.subject_kind, work.subject_id) == SUBJECT
    assert (work.cause, work.args, work.at) == ("order 1", {"colour": "red"}, AT)
    assert (job().status, job().ended_at, job().error) == ("succeeded", AT, "")


def test_a_cause_that_is_undone_leaves_no_job(done: list[Work]) -> None:
    """O1."""
    with transaction.atomic():
        queue(SUBJECT, "thing.do", "order 1", AT)
        transaction.set_rollback(True)
    assert run_all(AT) == []
    assert not Job.objects.exists()


def test_one_worker_after_the_other_runs_it_once(done: list[Work]) -> None:
    """R29."""
    queue(SUBJECT, "thing.do", "order 1", AT)
    for _ in range(2):
        running.run(SUBJECT, "thing.do", "order 1", at=AT)
    assert len(done) == 1
    assert not running.run(SUBJECT, "thing.do", "never queued", at=AT)


def test_a_failure_does_not_stop_what_was_queued_with_it(done: list[Work]) -> None:
    failing("thing.fail", ValueError("no answer"))
    queue_each(SUBJECT, ["thing.fail", "thing.do"], "order 1", AT)
    run_all(AT, failing=True)
    assert (job("thing.fail").status, job().status) == ("waiting", "succeeded")
    assert len(done) == 1


def test_the_last_of_three_pauses_is_reached_and_then_the_job_parks() -> None:
    """60, 300 and 900 s: the third try used to be the last."""
    runs = failing("thing.do", ValueError("no answer, password=hunter2"))
    queue(SUBJECT, "thing.do", "order 1", AT)
    run_all(AT, failing=True)
    found = job()
    assert (found.status, found.tries) == ("waiting", 1)
    assert found.error == "ValueError: no answer, password=[secret]"
    assert found.next_try_at is not None
    assert after(seconds=60) <= found.next_try_at <= after(seconds=72)
    assert run_all(after(seconds=59)) == []
    run_all(after(seconds=72), failing=True)
    found = job()
    assert found.next_try_at is not None
    assert after(seconds=372) <= found.next_try_at <= after(seconds=432)
    at = after(seconds=432)
    run_all(at, failing=True)
    found = job()
    assert found.next_try_at is not None
    assert at + timedelta(seconds=900) <= found.next_try_at <= at + timedelta(seconds=1080)
    run_all(after(hours=1), failing=True)
    assert (job().status, job().tries, len(runs)) == ("parked", 4, 4)
    assert run_all(after(days=30)) == []
    assert Entry.objects.get(action="job.parked").reason.startswith("ValueError")


def test_a_poisoned_job_stands_in_nobody_s_way(done: list[Work]) -> None:
    failing("thing.break", Hopeless("not with this name"))
    queue(SUBJECT, "thing.break", "order 1", AT)
    queue(SUBJECT, "thing.do", "order 1", AT)
    run_all(AT, failing=True)
    assert (job("thing.break").status, job("thing.break").error) == ("parked", "not with this name")
    assert len(done) == 1


def test_what_nobody_does_parks() -> None:
    queue(SUBJECT, "thing.unheard_of", "order 1", AT)
    run_all(AT, failing=True)
    assert job("thing.unheard_of").status == "parked"


def test_later_uses_up_no_try_and_has_an_end() -> None:
    failing("thing.do", Later(600, "the server rests", at_most=3600))
    queue(SUBJECT, "thing.do", "order 1", AT)
    for minutes in range(0, 60, 10):
        run_all(after(minutes=minutes), failing=True)
        assert (job().status, job().tries) == ("waiting", 0)
        assert job().next_try_at == after(minutes=minutes + 10)
    run_all(after(minutes=60), failing=True)
    assert (job().status, job().error) == ("parked", "the server rests")


def test_what_has_lost_its_reason_is_dropped_with_what_it_wrote() -> None:
    def handler(work: Work) -> None:
        Setting.objects.create(key="written", value=1)
        raise Pointless("paid meanwhile")

    handles("thing.do", in_transaction=True)(handler)
    queue(SUBJECT, "thing.do", "order 1", AT)
    run_all(AT)
    assert (job().status, job().error) == ("dropped", "paid meanwhile")
    assert not Setting.objects.exists()


def test_effect_and_end_are_one_transaction() -> None:
    """A run that lost its job while it worked leaves nothing; the other one's effect stands alone."""
    taken: list[str] = []

    def handler(work: Work) -> None:
        Setting.objects.create(key=f"run {len(taken)}", value=1)
        if not taken:
            taken.append(work.claim)
            Job.objects.update(claim="another")

    handles("thing.do", in_transaction=True)(handler)
    queue(SUBJECT, "thing.do", "order 1", AT)
    run_all(AT, failing=True)
    assert not Setting.objects.exists()


def test_jobs_in_order_wait_for_each_other() -> None:
    first = failing("thing.create", ValueError("no answer"), None, in_order=True)
    second = failing("thing.suspend", None, in_order=True)
    queue(SUBJECT, "thing.create", "order 1", AT)
    queue(SUBJECT, "thing.suspend", "invoice 2", AT)
    queue(("thing", 8), "thing.suspend", "invoice 3", AT)
    run_all(AT, failing=True)
    assert [work.subject_id for work in second] == [8]
    run_all(after(minutes=2))
    assert (len(first), [work.subject_id for work in second]) == (2, [8, 7])


def test_a_parked_job_does_not_hold_up_its_subject() -> None:
    failing("thing.create", Hopeless("by hand"), in_order=True)
    failing("thing.suspend", None, in_order=True)
    queue(SUBJECT, "thing.create", "order 1", AT)
    queue(SUBJECT, "thing.suspend", "invoice 2", AT)
    run_all(AT, failing=True)
    assert (job("thing.create").status, job("thing.suspend").status) == ("parked", "succeeded")


def test_a_job_whose_worker_died_is_queued_again_after_ten_minutes(done: list[Work]) -> None:
    queue(SUBJECT, "thing.do", "order 1", AT)
    held = job()
    assert claim_job(job=held, at=AT)
    assert not claim_job(job=job(), at=AT)
    renew_lease(job_id=held.pk, claim=held.claim, at=after(minutes=5))
    assert give_back_lost(at=after(minutes=14)) == 0
    assert give_back_lost(at=after(minutes=16)) == 1
    with pytest.raises(Moved):
        succeed_job(job=held, at=after(minutes=16))
    with pytest.raises(Moved):
        renew_lease(job_id=held.pk, claim=held.claim, at=after(minutes=16))
    run_all(after(minutes=16))
    assert (job().status, job().losses, len(done)) == ("succeeded", 1, 1)


def test_a_job_of_a_worker_whose_clock_was_ahead_is_given_back(done: list[Work]) -> None:
    """The lease would have ended a year after the worker."""
    queue(SUBJECT, "thing.do", "order 1", AT)
    assert claim_job(job=job(), at=after(days=365))
    assert give_back_lost(at=AT) == 1
    run_all(AT)
    queue(SUBJECT, "thing.do", "order 2", AT)
    assert claim_job(job=Job.objects.latest("pk"), at=after(seconds=30))  # another machine's
    assert give_back_lost(at=AT) == 0


def test_a_job_that_kills_its_workers_parks() -> None:
    queue(SUBJECT, "thing.do", "order 1", AT)
    for n in range(5):
        assert claim_job(job=job(), at=after(hours=n))
        give_back_lost(at=after(hours=n, minutes=11))
    assert job().status == "parked"


def test_what_is_pointless_is_dropped_unless_it_runs() -> None:
    for action in ("thing.suspend", "thing.terminate", "thing.resume"):
        queue(SUBJECT, action, "invoice 1", AT)
    assert claim_job(job=job("thing.terminate"), at=AT)
    actions = ["thing.suspend", "thing.terminate"]
    assert drop_pointless(SUBJECT, actions, at=AT, reason="paid") == 1
    states = dict(Job.objects.values_list("action", "status"))
    assert states == {
        "thing.suspend": "dropped",
        "thing.terminate": "running",
        "thing.resume": "queued",
    }


def test_staff_retry_drop_and_do_by_hand() -> None:
    said: list[dict[str, str]] = []

    def by_hand(work: Work, typed: Any, actor: Actor) -> None:
        if "username" not in typed:
            raise Refused("Say the username.", field="username")
        said.append(dict(typed))

    failing("thing.do", Hopeless("by hand"), by_hand=by_hand)
    queue(SUBJECT, "thing.do", "order 1", AT)
    with pytest.raises(Moved):
        retry_job(job=job(), at=AT, actor=SAM)
    run_all(AT, failing=True)
    retry_job(job=job(), at=AT, actor=SAM)
    assert len(run_all(AT, failing=True)) == 1
    with pytest.raises(Refused, match="username"):
        finish_by_hand(job=job(), reason="made it", at=AT, actor=SAM)
    with pytest.raises(Refused, match="why"):
        finish_by_hand(job=job(), reason=" ", at=AT, actor=SAM, typed={"username": "u"})
    finish_by_hand(job=job(), reason="made it", at=AT, actor=SAM, typed={"username": "u"})
    assert (job().status, said) == ("succeeded", [{"username": "u"}])
    entry = Entry.objects.get(action="job.succeeded")
    assert (entry.actor_name, entry.reason) == ("Sam", "made it")
    with pytest.raises(Moved):
        drop_job(job=job(), reason="no", at=AT, actor=SAM)


@dataclass(frozen=True)
class Happened:
    thing_id: int
    how: str = "well"


def test_an_event_runs_each_of_its_reactions_once() -> None:
    seen: list[tuple[str, Any, Actor]] = []

    def tell(event: Happened, at: datetime, actor: Actor) -> None:
        seen.append(("tell", event, actor))

    def count(event: Happened, at: datetime, actor: Actor) -> None:
        raise Hopeless("no")

    events.register({Happened: [count, tell]})
    for _ in range(2):
        events.publish(Happened(5), at=AT)
    run_all(AT, failing=True)
    assert seen == [("tell", Happened(5), SYSTEM)]
    events.publish(Happened(5, "badly"), at=after(days=1))
    run_all(after(days=1), failing=True)
    assert seen[1:] == [("tell", Happened(5, "badly"), SYSTEM)]


def test_an_event_that_nobody_wants_to_know_costs_nothing() -> None:
    events.publish(Happened(5), at=AT)
    assert not Job.objects.exists()
