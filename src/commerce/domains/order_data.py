"""What was given at the order of a name beside its contacts: what its registry asks for, the code of its transfer.

``wiring.py`` names who keeps it (``set_order_data_source``). Nothing of it is copied into a job, whose data and
messages are kept, logged and mailed to staff.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from commerce.domains.models import Domain, Tld
from commerce.domains.registrars.registry_fields import filled_in
from commerce.kit.context import Context


@dataclass(frozen=True, slots=True)
class DomainOrderData:
    """Empty where nothing is known: the registrar's own default counts then."""

    extra_fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth_code: str = field(default="", repr=False)


type ReadOrderData = Callable[[int], DomainOrderData]
type KeepAuthCode = Callable[[int, str, Context], None]

_keeper: list[tuple[ReadOrderData, KeepAuthCode]] = []


def set_order_data_source(read: ReadOrderData, keep: KeepAuthCode) -> None:
    """Say how it is read by the domain's id, and how its code is kept, or forgotten: an empty one."""
    _keeper[:] = [(read, keep)]


def order_data_of(domain: Domain) -> DomainOrderData:
    """What is known of a name."""
    return _keeper[0][0](domain.pk) if _keeper else DomainOrderData()


def registry_values_of(domain: Domain) -> Mapping[str, str]:
    """What its registrar is told beside the contacts, by its names. Raises ``BusinessError`` for what is missing."""
    fields = Tld.objects.filter(tld=domain.tld).values_list("extra_fields", flat=True).first()
    return filled_in(fields or [], order_data_of(domain).extra_fields)


def forget_auth_code(domain: Domain, ctx: Context) -> None:
    """The transfer was sent: its code is of no use any more."""
    if _keeper:
        _keeper[0][1](domain.pk, "", ctx)


def store_auth_code(domain: Domain, code: str, ctx: Context) -> None:
    """The code of its transfer, until the registrar took it. Raises ``BusinessError`` for a name of no order."""
    _keeper[0][1](domain.pk, code, ctx)
