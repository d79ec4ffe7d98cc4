"""Who may read: token, networks, limit, account and scope, judged alike by all versions (client-api.md 2)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from commerce.accounts.rules import ClientStatus
from commerce.api.core import auth, errors, limits, replies, token_usage
from commerce.api.core.auth import ApiCaller
from commerce.api.core.errors import ApiProblem, HeaderList
from commerce.api.core.request import ApiRequest
from commerce.kit import clock, proxy_headers, tokens

CACHING: HeaderList = [
    ("Cache-Control", "private, no-cache"),
    ("Vary", "Authorization, Accept-Encoding"),
]
"""How replies that belong to a token may be kept."""

_LARGEST_ID = 2**63 - 1
_NO_ROW = -1


class CacheValidators(NamedTuple):
    """What the caller has already, and how it wants the body."""

    none_match: str | None
    modified_since: str | None
    gzip: bool


def token_hash(request: ApiRequest) -> str:
    """The digest of the token that was sent; raises ``ApiProblem`` where none was that could be one."""
    token = auth.bearer_token(request.environ.get("HTTP_AUTHORIZATION"))
    if token is None:
        raise errors.unauthenticated(token_sent=False)
    if not tokens.is_token_well_formed(token):
        raise limits.refused_token_problem(request.address)
    return tokens.token_digest(token)


def read_validators(request: ApiRequest) -> CacheValidators:
    """The headers about caching and coding."""
    environ = request.environ
    return CacheValidators(
        environ.get("HTTP_IF_NONE_MATCH"),
        environ.get("HTTP_IF_MODIFIED_SINCE"),
        replies.allows_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")),
    )


def row_number(row_id: str | None) -> int:
    """A path id as a number; one that no row can have (leading zeros, beyond 64 bits) as -1."""
    if row_id is None or len(row_id) > 19 or row_id[0] == "0" or int(row_id) > _LARGEST_ID:
        return _NO_ROW
    return int(row_id)


def recognize(request: ApiRequest, caller: ApiCaller | None) -> ApiCaller:
    """The caller, if the token is live and not past its last day; from within its networks."""
    now = clock.now()
    if caller is None or is_over(caller, now):
        raise limits.refused_token_problem(request.address)
    is_first_look = request.token_id is None
    request.token_id = caller.token_id
    if not caller.is_from_allowed_network(proxy_headers.parse_address(request.address)):
        request.limit_headers = limits.take_request(caller, free=True)[2]
        raise errors.address_not_allowed()
    if is_first_look:
        token_usage.record_use(caller, request.address, now)
    return caller


def is_over(caller: ApiCaller, now: datetime) -> bool:
    """Whether the last day of the token is past, or the time of the secret that was sent."""
    if caller.expires_on is not None and caller.expires_on < now.date():
        return True
    until = caller.secret_works_until
    return until is not None and until.replace(tzinfo=UTC) <= now


def refusal(
    caller: ApiCaller, scopes: Sequence[str], *, for_bound: bool = False
) -> ApiProblem | None:
    """Why this caller may not have what needs these scopes, if so; ``for_bound``: whether a bound token may at all."""
    if caller.status == ClientStatus.CLOSED:
        return errors.account_closed()
    if caller.is_bound and not for_bound:
        return errors.bound_token()
    lacking = [one for one in scopes if not caller.has_scope(one)]
    return errors.missing_scope(lacking[0]) if lacking else None


def charge_limit(request: ApiRequest, caller: ApiCaller, *, free: bool) -> None:
    """Take a request from the token's limit, none where the reply is ``free``; raises ``ApiProblem`` 429 beyond it."""
    admitted, reset, request.limit_headers = limits.take_request(caller, free=free)
    if not admitted:
        raise errors.too_many_requests(reset)
