"""What was given at the order of a name, for whoever registers it."""

from commerce.domains.ordered import Ordered
from commerce.orders.models import OrderItem
from commerce.orders.quoting import unseal


def given_for(domain_id: int) -> Ordered:
    """Holder, extra fields and code of a domain; empty for one that was not ordered here."""
    item = OrderItem.objects.filter(units__domain_id=domain_id).first()
    if item is None:
        return Ordered()
    return Ordered(item.registrant, item.extra_fields, unseal(item.auth_code))
