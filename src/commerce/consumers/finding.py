"""Statements and contracts as staff name them, in pages and commands, and those that a client has."""

from commerce.accounts.models import Client
from commerce.consumers.models import ConsumerStatement
from commerce.domains.models import Domain
from commerce.domains.rules import REGISTERED_DOMAIN_STATUSES, DomainStatus
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.kit.errors import BusinessError
from commerce.presentation.idn import stored_name


def running_contracts(client: Client) -> list[Service | Domain]:
    """The contracts of a client that did not end."""
    services = Service.objects.for_client(client).filter(status__in=LIVE_SERVICE_STATUSES)
    running = (*REGISTERED_DOMAIN_STATUSES, DomainStatus.PENDING, DomainStatus.PENDING_TRANSFER)
    domains = Domain.objects.for_client(client).filter(status__in=running)
    return [*services.order_by("label", "pk"), *domains.order_by("domain_name", "pk")]


def find_contract(text: str) -> Service | Domain:
    """The service with this id, or the newest domain with this name. Raises ``BusinessError``."""
    text = text.strip().removeprefix("#")
    found: Service | Domain | None
    if text.isascii() and text.isdecimal() and len(text) < 19:
        found = Service.objects.filter(pk=int(text)).first()
    else:
        found = Domain.objects.filter(domain_name=stored_name(text)).order_by("-pk").first()
    if found is None:
        raise BusinessError("consumer_statement.contract_unknown", field="contract")
    return found


def find_statement(pk: int) -> ConsumerStatement:
    """The statement with this id. Raises ``BusinessError``."""
    rows = ConsumerStatement.objects.select_related("client", "service__client", "domain__client")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise BusinessError("consumer_statement.unknown", id=pk)
    return found
