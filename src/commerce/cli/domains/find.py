"""The domain that people name at the command line."""

from commerce.cli.param_types import parse_id
from commerce.domains.models import Domain
from commerce.domains.rules import LIVE_DOMAIN_STATUSES
from commerce.kit.errors import BusinessError
from commerce.presentation.idn import stored_name


def find_domain(text: str) -> Domain:
    """The domain with this name or id; of several with the name the live one, or the last. Raises ``BusinessError``."""
    if number := parse_id(text):
        rows = Domain.objects.filter(pk=number)
    else:
        rows = Domain.objects.filter(domain_name=stored_name(text.strip())).order_by("-pk")
    found = rows.filter(status__in=LIVE_DOMAIN_STATUSES).first() or rows.first()
    if found is None:
        raise BusinessError("domain.unknown", text=text)
    return found
