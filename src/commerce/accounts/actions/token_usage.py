"""What is kept of the use of API tokens: when, from where, how often (client-api.md 3). Best effort; not audited."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from commerce.accounts import emails
from commerce.accounts.models import ApiToken, TokenDailyRequests, TokenNetwork
from commerce.accounts.rules import NETWORK_KNOWN_FOR, TOKEN_REQUEST_DAYS, network_of_address


class TokenUse(NamedTuple):
    """Requests with one token from one address on one day (UTC), the latest at ``at``."""

    address: str
    requests: int
    at: datetime


@transaction.atomic
def record_token_use(*, token_id: int, uses: Sequence[TokenUse]) -> None:
    """Keep when and from where a token was last used, at most once a minute, and add to the number of its requests.

    Owners and the maker are told of a network that is new, once a day at most.
    """
    last = max(uses, key=lambda use: use.at)
    ApiToken.objects.filter(
        Q(last_used_at__isnull=True) | Q(last_used_at__lt=last.at - timedelta(seconds=60)),
        pk=token_id,
    ).update(last_used_at=last.at, last_used_from=last.address or None)
    requests: Counter[date] = Counter()
    networks: dict[str, TokenUse] = {}
    for use in uses:
        requests[use.at.astimezone(UTC).date()] += use.requests
        networks.setdefault(network_of_address(use.address), use)
    for day, number in requests.items():
        _count(token_id, day, number)
    for network, use in networks.items():
        if network:
            _note_network(token_id, network, use)


def _count(token_id: int, day: date, number: int) -> None:
    rows = TokenDailyRequests.objects.filter(token_id=token_id, day=day)
    if rows.update(number=F("number") + number):
        return
    try:
        with transaction.atomic():
            TokenDailyRequests.objects.create(token_id=token_id, day=day, number=number)
    except IntegrityError:  # another worker was first
        rows.update(number=F("number") + number)


def _note_network(token_id: int, network: str, use: TokenUse) -> None:
    """A network is known once it was told of, so that a second new one of a day is told of on the next day.

    The very first is not: the owner has just made the token and put it there.
    """
    day = use.at.astimezone(UTC).date()
    known = dict(
        TokenNetwork.objects.filter(token_id=token_id).values_list("network", "last_used_on")
    )
    last = known.get(network)
    if last is not None and last >= day:
        return
    if known and (last is None or last < day - NETWORK_KNOWN_FOR):
        token = ApiToken.objects.select_related("client", "maker").get(pk=token_id)
        if not emails.tell_of_new_token_network(token=token, address=use.address, at=use.at):
            return
    TokenNetwork.objects.update_or_create(
        token_id=token_id, network=network, defaults={"last_used_on": day}
    )


def delete_old_token_requests(*, day: date) -> int:
    """Delete numbers of requests that no list counts any more; returns how many."""
    old = TokenDailyRequests.objects.filter(day__lt=day - timedelta(days=2 * TOKEN_REQUEST_DAYS))
    return old.delete()[0]
