"""What happened to jobs."""

from msgspec import Struct


class JobParked(Struct, frozen=True):
    """A job stopped trying and waits for staff."""

    job_id: int


class RemoteRested(Struct, frozen=True):
    """A server, registrar or gateway gave no answer several times in a row, or did not accept our credentials: its jobs
    wait.
    """

    state_id: int
    name: str
    cause: str = "silence"
    """``silence`` or ``refused``."""
