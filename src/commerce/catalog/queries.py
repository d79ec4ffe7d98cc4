"""What every page needs of the currencies."""

from commerce.catalog import rules
from commerce.catalog.models import Currency


def currency_signs() -> dict[str, tuple[str, str]]:
    """What stands before and after amounts of each currency, inactive ones too: what exists in them is still shown."""
    rows = Currency.objects.values_list("code", "prefix", "suffix")
    return rules.unambiguous_signs({code: (prefix, suffix) for code, prefix, suffix in rows})
