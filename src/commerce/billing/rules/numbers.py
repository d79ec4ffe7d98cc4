"""Numbers, payment references, and what is left to pay (billing.md 2 and 4)."""

from collections.abc import Iterable
from datetime import date

from commerce.kit.errors import Refused


def number_text(prefix: str, issued_on: date, number: int) -> str:
    """A document number such as ``INV-0305``; ``{YYYY}`` and ``{MM}`` in the prefix are those of the issue date."""
    prefix = prefix.replace("{YYYY}", f"{issued_on:%Y}").replace("{MM}", f"{issued_on:%m}")
    return f"{prefix}{number:04d}"


def payment_reference(invoice_id: int) -> str:
    """An ISO 11649 creditor reference: ``RF``, two check digits (MOD 97-10), and the id in 12 digits."""
    body = f"{invoice_id:012d}"
    digits = "".join(str(int(character, 36)) for character in f"{body}RF00")
    return f"RF{98 - int(digits) % 97:02d}{body}"


def settled(total: int, entries: Iterable[int]) -> int:
    """Amount due: the total less all settlement entries. Raises ``Refused`` if it would leave 0 to total."""
    due = total - sum(entries)
    if not 0 <= due <= total:
        raise Refused("This is more than what is due.", field="amount")
    return due
