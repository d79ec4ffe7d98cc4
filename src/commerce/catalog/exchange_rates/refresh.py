"""Fetching published rates where ``tax.rate_source`` says so: by the timetable, and by a command."""

import logging
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.catalog.exchange_rates import ecb
from commerce.catalog.exchange_rates.actions import TakenRates, take_published_rates
from commerce.catalog.exchange_rates.rules import RateSource
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Words
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.remote.http import ProviderSilentError
from commerce.kit.remote.page_limits import page_limits
from commerce.presentation.formats import format_day
from commerce.site_settings.current import get_setting

log = logging.getLogger(__name__)


def refresh_exchange_rates(at: datetime) -> None:
    """Take what the ECB published last. When it does not answer, or not with rates, nothing changes, and nobody is
    told: staff hear of a rate once it is too old.
    """
    if get_setting("tax.rate_source") != RateSource.ECB:
        return
    try:
        taken = fetch_exchange_rates(ctx=Context(at, SYSTEM))
    except BusinessError as error:
        log.warning("Exchange rates stay as they are: %s", error)
        return
    if taken.unpublished and (taken.used or taken.held):
        log.warning("The ECB publishes no rate for %s.", ", ".join(taken.unpublished))


def fetch_exchange_rates_blocked_reason(_none: None, ctx: Context) -> StateConflict | None:
    """Why the ECB is not asked."""
    is_source = get_setting("tax.rate_source") == RateSource.ECB
    return None if is_source else StateConflict("currency.rates_by_hand")


def _fetched_text(taken: TakenRates, _record: None) -> Words:
    text = _("The rates of %(day)s were fetched. Updated: %(used)s.") if taken.used else ""
    text = text or _("The rates of %(day)s were fetched. Nothing has changed.")
    return str(text) % {"day": format_day(taken.day), "used": ", ".join(taken.used)}


@act(
    "currency.fetch_rates",
    None,
    label=_("Get exchange rates now"),
    intro=_("Asks the European Central Bank for its latest rates, which also happens every day."),
    done=_fetched_text,
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=fetch_exchange_rates_blocked_reason,
    is_atomic=False,
)
def fetch_exchange_rates_now(*, ctx: Context) -> TakenRates:
    """``fetch_exchange_rates`` within the time of a page."""
    try:
        with page_limits():
            return fetch_exchange_rates(ctx=ctx)
    except TimeoutError as silent:
        raise BusinessError("currency.rates_not_fetched", reason=str(silent)) from silent


def fetch_exchange_rates(*, ctx: Context) -> TakenRates:
    """Ask the ECB now. Raises ``StateConflict`` unless it is the source, ``BusinessError`` when it gives no rates."""
    if blocked := fetch_exchange_rates_blocked_reason(None, ctx):
        raise blocked
    try:
        published = ecb.fetch_reference_rates(at=ctx.at)
    except (ProviderSilentError, ecb.RatesRefusedError) as error:
        raise BusinessError("currency.rates_not_fetched", reason=str(error)) from error
    return take_published_rates(published=published, ctx=ctx)
