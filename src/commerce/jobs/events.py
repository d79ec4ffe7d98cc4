"""What happened to jobs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobParked:
    """A job stopped trying and waits for staff."""

    job_id: int


@dataclass(frozen=True, slots=True)
class RemoteRested:
    """A server or registrar gave no answer several times in a row: its jobs wait."""

    state_id: int
    name: str
