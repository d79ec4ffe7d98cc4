"""What each write was answered, kept for the page of its token once that is decided, refusals too."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from commerce.accounts.actions.api_writes.token_writes import WriteOutcome, record_token_write
from commerce.accounts.models import TokenCommitment
from commerce.api.core.auth import ApiCaller
from commerce.api.core.errors import ApiProblem
from commerce.api.core.request import ApiRequest
from commerce.kit import clock

log = logging.getLogger(__name__)


@dataclass(slots=True)
class WriteNote:
    """What becomes known of a write on its way."""

    record: tuple[str, int] | None = None
    spent: tuple[int, str] | None = None
    answered: int = 0
    is_dry_run: bool = False


def total_committed(commitments: Sequence[TokenCommitment]) -> tuple[int, str] | None:
    """What a write newly commits its client to, in the one currency that they have."""
    if not commitments:
        return None
    return sum(one.amount for one in commitments), commitments[0].currency_code


@contextmanager
def noted_write(request: ApiRequest, caller: ApiCaller) -> Iterator[WriteNote]:
    """A write of which is kept what it was answered; not one that is only tried."""
    note = WriteNote()
    try:
        yield note
    except ApiProblem as problem:
        _store_outcome(request, caller, note, problem.status, problem.code)
        raise
    except Exception:
        _store_outcome(request, caller, note, 500, "server.error")
        raise
    _store_outcome(request, caller, note, note.answered)


def _store_outcome(
    request: ApiRequest, caller: ApiCaller, note: WriteNote, status: int, code: str = ""
) -> None:
    """Nobody's write fails because this does."""
    if note.is_dry_run:
        return
    outcome = WriteOutcome(
        token_id=caller.token_id,
        method=request.environ["REQUEST_METHOD"],
        path=request.path,
        status=status,
        code=code,
        record=note.record,
        spent=None if code else note.spent,
    )
    try:
        record_token_write(outcome=outcome, at=clock.now())
    except Exception:
        log.exception("What a write of a token was answered could not be kept.")
