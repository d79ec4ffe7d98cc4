"""What happened to jobs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobParked:
    """A job stopped trying and waits for staff."""

    job_id: int
