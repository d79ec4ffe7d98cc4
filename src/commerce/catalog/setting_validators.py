"""What settings need of the catalog: a currency that they name must be there, and stays (``delete_currency``)."""

from collections.abc import Iterable

from commerce.catalog.exchange_rates.rules import LONGEST_GAP_DAYS, RateSource
from commerce.catalog.models import Currency
from commerce.kit.errors import BusinessError
from commerce.site_settings.current import get_setting


def validate_currency(code: str) -> None:
    """Raises ``BusinessError`` for a currency that this installation does not have; empty is the default one."""
    if code:
        validate_currencies([code])


def validate_rate_days(days: int) -> None:
    """Raises ``BusinessError`` for so few days that rates of the ECB would be too old after its holidays."""
    _check_days(days, get_setting("tax.rate_source"))


def validate_rate_source(source: str) -> None:
    """The same when the source is chosen."""
    _check_days(get_setting("tax.rate_days"), source)


def _check_days(days: int, source: str) -> None:
    if source == RateSource.ECB and days < LONGEST_GAP_DAYS:
        raise BusinessError("setting.rate_days_too_few", least=LONGEST_GAP_DAYS)


def validate_currencies(words: Iterable[str]) -> None:
    """The same for the currencies among the words of a setting."""
    wanted = {word for word in words if len(word) == 3 and word.isupper()}
    known = Currency.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    if missing := wanted.difference(known):
        raise BusinessError("setting.currency_unknown", currencies=", ".join(sorted(missing)))
