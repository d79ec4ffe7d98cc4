"""A re-price of many services or domains: looked at first, or announced client by client (catalog-and-orders.md 3)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched, groupby
from operator import itemgetter
from typing import Annotated, Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.billing.changes.price_changes.actions import (
    drop_price_changes_of_act,
    reprice_client,
)
from commerce.billing.changes.price_changes.repricing import (
    RepricingResult,
    reprice_domains,
    reprice_services,
)
from commerce.billing.changes.price_changes.rules import CATALOG_PRICES, NewPrices
from commerce.billing.models import PriceChangeAct
from commerce.billing.reports.rules import monthly_amount
from commerce.domains.models import Domain
from commerce.domains.rules import RENEWABLE_DOMAIN_STATUSES
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.kit.periods import MONTHS_PER_CYCLE, BillingCycle
from commerce.presentation.formats import count_text

_BATCH = 500


@dataclass(frozen=True, slots=True)
class FailedClient:
    """A client for whom a re-price failed; the others went on."""

    client_id: int
    error: Exception


def repriceable_services() -> "QuerySet[Service]":
    """Those that renew, with what their price is found by."""
    rows = Service.objects.exclude(billing_cycle=BillingCycle.ONE_TIME)
    return rows.select_related("product", "client__group")


def running_services() -> "QuerySet[Service]":
    """Those of ``repriceable_services`` that have a next period."""
    return repriceable_services().filter(status__in=RUNNING_SERVICE_STATUSES)


def renewable_domains() -> "QuerySet[Domain]":
    """Domains that have a next term."""
    return Domain.objects.filter(status__in=RENEWABLE_DOMAIN_STATUSES).select_related("client")


def preview_reprice(
    rows: "QuerySet[Any]", today: date, prices: NewPrices = CATALOG_PRICES
) -> Iterator[RepricingResult]:
    """What a re-price of these services, or of these domains, would do on a business date; nothing is written."""
    look: Any = reprice_services if rows.model is Service else reprice_domains
    found = rows.order_by("client_id", "pk").iterator(chunk_size=_BATCH)
    for some in batched(found, _BATCH, strict=False):
        yield from look(list(some), today, prices)


def announce_reprice(
    rows: "QuerySet[Any]", *, reason: str, ctx: Context, prices: NewPrices = CATALOG_PRICES
) -> Iterator[RepricingResult | FailedClient]:
    """Announce the new prices, client by client, each in a transaction of its own; what fails for one stops nobody
    else. All of it is one act, which can be withdrawn as a whole.
    """
    act = PriceChangeAct.objects.create(reason=reason, created_at=ctx.at)
    noun = "services" if rows.model is Service else "domains"
    pairs = rows.order_by("client_id", "pk").values_list("client_id", "pk")
    for client_id, members in groupby(list(pairs), itemgetter(0)):
        which: dict[str, Any] = {noun: [pk for _, pk in members], "prices": prices}
        try:
            done = reprice_client(client_id=client_id, reason=reason, act=act, ctx=ctx, **which)
        except Exception as error:  # noqa: BLE001 - told with its client; the others go on
            yield FailedClient(client_id, error)
        else:
            yield from done
    PriceChangeAct.objects.filter(pk=act.pk, changes=None).delete()


def withdraw_act_blocked_reason(act: PriceChangeAct, ctx: Context) -> StateConflict | None:
    """Nothing of it is left to take back."""
    left = act.changes.planned().exists()
    return None if left else StateConflict("price_change.none_planned")


def withdraw_act(act: PriceChangeAct, *, reason: str, ctx: Context) -> Iterator[int | FailedClient]:
    """Take back what an act announced, client by client, as it was announced; how many changes of each."""
    if blocked := withdraw_act_blocked_reason(act, ctx):
        raise blocked
    clients = act.changes.planned().order_by("client_id").values_list("client_id", flat=True)
    for client_id in list(clients.distinct()):
        try:
            yield drop_price_changes_of_act(act=act, client_id=client_id, reason=reason, ctx=ctx)
        except Exception as error:  # noqa: BLE001 - told with its client; the others go on
            yield FailedClient(client_id, error)


def _withdrawn_text(outcomes: Sequence[int | FailedClient], _act: PriceChangeAct) -> str:
    failed = sum(isinstance(one, FailedClient) for one in outcomes)
    number = sum(one for one in outcomes if isinstance(one, int))
    text = ngettext(
        "%(number)s price change was withdrawn. The clients were told.",
        "%(number)s price changes were withdrawn. The clients were told.",
        number,
    ) % {"number": count_text(number)}
    if failed:
        more = ngettext("%(number)s client failed.", "%(number)s clients failed.", failed)
        text = f"{text} {more % {'number': count_text(failed)}}"
    return text


@act(
    "price_change_act.withdraw",
    PriceChangeAct,
    label=_("Withdraw all"),
    intro=_("Each client gets one email that the prices stay as they are."),
    done=_withdrawn_text,
    staff=(StaffPermission.PRODUCTS_MANAGE, StaffPermission.SERVICES_MANAGE),
    blocked=withdraw_act_blocked_reason,
    is_danger=True,
    is_atomic=False,
)
def withdraw_price_changes(
    *, announced: PriceChangeAct, reason: Annotated[str, REASON], ctx: Context
) -> list[int | FailedClient]:
    """``withdraw_act`` as a whole; who fails is counted, the others go on."""
    return list(withdraw_act(announced, reason=reason, ctx=ctx))


@dataclass(frozen=True, slots=True)
class RepriceSums:
    """What a re-price changes: how many clients, and by currency how much more a month."""

    clients: int
    monthly: Mapping[str, int]


def sums_of_reprice(results: Iterable[RepricingResult]) -> RepriceSums:
    """The sums of those that get another price."""
    changing = [one for one in results if not one.blocked_reason]
    monthly: dict[str, int] = {}
    for one in changing:
        more = 0 if one.dropped else one.amount - one.old_amount
        if one.dropped and one.announced is not None:
            more = one.old_amount - one.announced.amount
        code = one.item.currency_id
        monthly[code] = monthly.get(code, 0) + monthly_amount(more, _months(one.item))
    return RepriceSums(len({one.item.client_id for one in changing}), monthly)


def sums_by_client(results: Iterable[RepricingResult]) -> list[tuple[Client, RepriceSums]]:
    """The same for each client, those whose bill changes most first."""
    by_client: dict[Client, list[RepricingResult]] = {}
    for one in results:
        if not one.blocked_reason:
            by_client.setdefault(one.item.client, []).append(one)
    found = [(client, sums_of_reprice(some)) for client, some in by_client.items()]
    return sorted(found, key=lambda row: -max(map(abs, row[1].monthly.values())))


def _months(item: Service | Domain) -> int:
    if isinstance(item, Domain):
        return 12 * item.term_years
    return MONTHS_PER_CYCLE.get(item.billing_cycle, 1)
