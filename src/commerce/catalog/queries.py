"""What every page, and every order, needs of the currencies."""

from collections.abc import Mapping

from commerce.catalog import rules
from commerce.catalog.models import Currency
from commerce.db.fast_paths import CompiledQuerySet
from commerce.kit.request_cache import memoized
from commerce.presentation.amounts import local_signs


def currency_signs() -> dict[str, tuple[str, str]]:
    """The sign of each currency for the reader and what stands after amounts, of inactive ones too: what exists in them
    is still shown.
    """
    known = currencies_by_code()
    return rules.unambiguous_signs(
        {code: local_signs(code, row.prefix, row.suffix) for code, row in known.items()}
    )


def currencies_by_code() -> Mapping[str, Currency]:
    """All currencies in the order of their codes, with those that are not active."""
    return memoized("currencies", lambda: {row.code: row for row in _CURRENCIES.instances()})


def currencies_on_sale() -> Mapping[str, Currency]:
    """Those in which new orders can be placed."""
    return {code: row for code, row in currencies_by_code().items() if row.is_active}


_CURRENCIES = CompiledQuerySet(lambda: Currency.objects.order_by("code"))
