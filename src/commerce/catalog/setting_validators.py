"""What settings need of the catalogue: a currency that they name must be there, and stays (``delete_currency``)."""

from collections.abc import Iterable

from commerce.catalog.models import Currency
from commerce.kit.errors import BusinessError


def validate_currency(code: str) -> None:
    """Raises ``BusinessError`` for a currency that this installation does not have; empty is the default one."""
    if code:
        validate_currencies([code])


def validate_currencies(words: Iterable[str]) -> None:
    """The same for the currencies among the words of a setting."""
    wanted = {word for word in words if len(word) == 3 and word.isupper()}
    known = Currency.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    if missing := wanted.difference(known):
        raise BusinessError("setting.currency_unknown", currencies=", ".join(sorted(missing)))
