"""What was given at the order of a name beside its contacts, for whoever registers it."""

from commerce.domains.order_data import DomainOrderData
from commerce.orders.models import OrderItem
from commerce.orders.quote import decrypt_auth_code


def domain_order_data(domain_id: int) -> DomainOrderData:
    """Extra fields and code of a domain; empty for one that was not ordered here."""
    item = OrderItem.objects.filter(units__domain_id=domain_id).first()
    if item is None:
        return DomainOrderData()
    return DomainOrderData(item.extra_fields, decrypt_auth_code(item.auth_code))
