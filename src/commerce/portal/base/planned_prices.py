"""What services and domains will cost, as their pages tell it."""

from commerce.billing.models import PriceChange
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.portal.base.access import ClientRequest


def planned_price_change(request: ClientRequest, item: Service | Domain) -> PriceChange | None:
    """The announced price of one; none if it ends before that counts."""
    rows = PriceChange.objects.for_client(request.acting.client).planned()
    if isinstance(item, Domain):
        return rows.filter(domain=item).first()
    found = rows.filter(service=item).first()
    ends = item.ends_on
    return None if found is None or (ends and ends <= found.from_date) else found
