"""The address at which a quote is read: whoever has it reads that quote, and nothing else (portal.md 2)."""

from django.conf import settings
from django.core.signing import BadSignature, Signer

from commerce.orders.models import SalesQuote
from commerce.orders.rules import QuoteStatus

_SIGNER = Signer(salt="commerce.orders.sales_quotes", sep=".")


def quote_path(quote: SalesQuote) -> str:
    """Its path in the portal."""
    return f"/quote/{_SIGNER.sign(str(quote.pk))}"


def quote_url(quote: SalesQuote) -> str:
    """The same with the portal's host, for an email."""
    return f"{settings.COMMERCE_URL}{quote_path(quote)}"


def quote_of_link(signed: str) -> SalesQuote | None:
    """The quote of an address, if it was sent and stands, or was accepted."""
    try:
        key = _SIGNER.unsign(signed)
    except BadSignature:
        return None
    shown = SalesQuote.objects.filter(status__in=[QuoteStatus.SENT, QuoteStatus.ACCEPTED])
    return shown.select_related("client__group", "order").filter(pk=int(key)).first()
