"""What happened to jobs."""

from msgspec import Struct

from commerce.jobs.rules import RestCause


class JobParked(Struct, frozen=True):
    """A job stopped trying and waits for staff."""

    job_id: int


class RemoteRested(Struct, frozen=True):
    """A server, registrar or gateway gave no answer several times in a row, did not accept our credentials, or is not
    what it was: its jobs wait.
    """

    state_id: int
    name: str
    cause: str = RestCause.SILENCE
