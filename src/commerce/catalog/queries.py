"""What every page needs of the currencies."""

from commerce.catalog import rules
from commerce.catalog.models import Currency
from commerce.db.fast_paths import KeptQuery
from commerce.presentation.amounts import local_signs

_SIGNS = KeptQuery(lambda: Currency.objects.values_list("code", "prefix", "suffix"))


def currency_signs() -> dict[str, tuple[str, str]]:
    """The sign of each currency for the reader and what stands after amounts, of inactive ones too: what exists in them
    is still shown.
    """
    return rules.unambiguous_signs(
        {code: local_signs(code, prefix, suffix) for code, prefix, suffix in _SIGNS.tuples()}
    )
