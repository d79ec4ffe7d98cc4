"""Everything that changes jobs. One file per verb family; import the verbs from here."""

from commerce.jobs.actions.by_hand import drop_job, finish_by_hand, retry_job
from commerce.jobs.actions.cleaning import clean_jobs
from commerce.jobs.actions.queueing import drop_pointless, queue, queue_each
from commerce.jobs.actions.runs import (
    claim_job,
    fail_job,
    give_back_lost,
    give_up_job,
    put_back_job,
    put_off_job,
    renew_lease,
    succeed_job,
)
from commerce.jobs.actions.slots import end_slot, take_slot

__all__ = [
    "claim_job",
    "clean_jobs",
    "drop_job",
    "drop_pointless",
    "end_slot",
    "fail_job",
    "finish_by_hand",
    "give_back_lost",
    "give_up_job",
    "put_back_job",
    "put_off_job",
    "queue",
    "queue_each",
    "renew_lease",
    "retry_job",
    "succeed_job",
    "take_slot",
]
