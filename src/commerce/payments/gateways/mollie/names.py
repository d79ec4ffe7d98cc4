"""How Mollie names things, and where names stand in its addresses."""

from urllib.parse import quote

from commerce.payments.gateways.contract import PaymentCard


def names_of(card: PaymentCard) -> tuple[str, str]:
    """Customer and mandate of a saved card: Mollie finds the one by the other only."""
    customer, _slash, mandate = card.token.partition("/")
    return customer, mandate


def part(name: str) -> str:
    """A name within an address, whoever gave it."""
    return quote(name, safe="")
