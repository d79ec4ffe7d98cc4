"""What is kept of the use of API tokens: when, from where, how often (client-api.md 3). Best effort; not audited."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from commerce.accounts import emails
from commerce.accounts.models import ApiToken, TokenDailyRequests, TokenNetwork
from commerce.accounts.rules import NETWORK_KNOWN_FOR, TOKEN_REQUEST_DAYS, network_of_address
from commerce.db.fast_paths import update_rows


class TokenUse(NamedTuple):
    """Requests with one token from one address on one day (UTC), the latest at ``at``."""

    token_id: int
    address: str
    requests: int
    at: datetime


@transaction.atomic
def record_token_uses(uses: Sequence[TokenUse]) -> None:
    """Keep when and from where tokens were last used, at most once a minute, and add to the number of their requests.

    A thousand tokens take as many statements as one. Owners and the maker are told of a network that is new, once
    a day at most. Uses of tokens that are deleted by now are forgotten.
    """
    # The lock on the tokens, in one order, is also that on their numbers and networks.
    tokens = {
        token.pk: token
        for token in ApiToken.objects.filter(pk__in={use.token_id for use in uses})
        .order_by("pk")
        .select_for_update(no_key=True)
        .only("last_used_at", "last_used_from")
    }
    uses = [use for use in uses if use.token_id in tokens]
    _note_last_uses(tokens, uses)
    _add_requests(uses)
    _note_networks(uses)


def _note_last_uses(tokens: dict[int, ApiToken], uses: Sequence[TokenUse]) -> None:
    noted: dict[int, ApiToken] = {}
    for use in sorted(uses, key=lambda use: use.at, reverse=True):
        token = tokens[use.token_id]
        last = token.last_used_at
        if last is None or last < use.at - timedelta(seconds=60):
            token.last_used_at, token.last_used_from = use.at, use.address or None
            noted[token.pk] = token
    update_rows(list(noted.values()), "last_used_at", "last_used_from")


def _add_requests(uses: Sequence[TokenUse]) -> None:
    numbers: Counter[tuple[int, date]] = Counter()
    for use in uses:
        numbers[use.token_id, use.at.astimezone(UTC).date()] += use.requests
    known = TokenDailyRequests.objects.filter(
        token_id__in={token_id for token_id, _day in numbers},
        day__in={day for _token_id, day in numbers},
    )
    for token_id, day, number in known.values_list("token_id", "day", "number"):
        if (token_id, day) in numbers:
            numbers[token_id, day] += number
    TokenDailyRequests.objects.bulk_create(
        [
            TokenDailyRequests(token_id=token_id, day=day, number=number)
            for (token_id, day), number in numbers.items()
        ],
        update_conflicts=True,
        unique_fields=["token", "day"],
        update_fields=["number"],
    )


def _note_networks(uses: Sequence[TokenUse]) -> None:
    """A network is known once it was told of, so that a second new one of a day is told of on the next day.

    The very first is not: the owner has just made the token and put it there.
    """
    known: defaultdict[int, dict[str, date]] = defaultdict(dict)
    rows = TokenNetwork.objects.filter(token_id__in={use.token_id for use in uses})
    for token_id, network, day in rows.values_list("token_id", "network", "last_used_on"):
        known[token_id][network] = day
    noted = []
    for use in uses:
        network, day = network_of_address(use.address), use.at.astimezone(UTC).date()
        networks = known[use.token_id]
        last = networks.get(network)
        if not network or (last is not None and last >= day):
            continue
        is_new = last is None or last < day - NETWORK_KNOWN_FOR
        if networks and is_new and not _send_network_email(use):
            continue
        networks[network] = day
        noted.append(TokenNetwork(token_id=use.token_id, network=network, last_used_on=day))
    TokenNetwork.objects.bulk_create(
        {(row.token_id, row.network): row for row in noted}.values(),
        update_conflicts=True,
        unique_fields=["token", "network"],
        update_fields=["last_used_on"],
    )


def _send_network_email(use: TokenUse) -> bool:
    """Whether anybody was told of it today for the first time."""
    token = ApiToken.objects.select_related("client", "maker").get(pk=use.token_id)
    return bool(emails.send_token_network_email(token=token, address=use.address, at=use.at))


def delete_old_token_requests(*, day: date) -> int:
    """Delete numbers of requests that no list counts any more; returns how many."""
    old = TokenDailyRequests.objects.filter(day__lt=day - timedelta(days=2 * TOKEN_REQUEST_DAYS))
    return old.delete()[0]
