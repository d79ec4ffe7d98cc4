"""What every page needs of the currencies."""

from commerce.catalog import rules
from commerce.catalog.models import Currency
from commerce.presentation.amounts import local_signs


def currency_signs() -> dict[str, tuple[str, str]]:
    """The sign of each currency for the reader and what stands after amounts, of inactive ones too: what exists in them
    is still shown.
    """
    currencies = Currency.objects.values_list("code", "prefix", "suffix")
    return rules.unambiguous_signs({code: local_signs(code, *signs) for code, *signs in currencies})
