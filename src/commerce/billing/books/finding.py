"""How people name a month of the books."""

from datetime import date

from commerce.billing.models import BooksMonth
from commerce.kit.errors import BusinessError


def find_books_month(text: str) -> BooksMonth:
    """The month that ``2030-01`` names. Raises ``BusinessError``."""
    try:
        found = BooksMonth.objects.filter(month=date.fromisoformat(f"{text.strip()}-01")).first()
    except ValueError:
        found = None
    if found is None:
        raise BusinessError("books_month.unknown", month=text)
    return found
