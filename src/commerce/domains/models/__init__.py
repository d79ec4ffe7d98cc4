"""Domains, the TLDs that are sold, and what is kept of registrars."""

from commerce.domains.models.names import (
    Domain,
    DomainChange,
    DomainChangeQuerySet,
    DomainDrift,
    DomainQuerySet,
    RegistrantVerification,
)
from commerce.domains.models.registrars import (
    DomainLoss,
    RegistrarBrake,
    RegistrarPrice,
    RegistrarPriceQuerySet,
    RegistryMessage,
)
from commerce.domains.models.tlds import Tld, TldPrice, TldQuerySet

__all__ = [
    "Domain",
    "DomainChange",
    "DomainChangeQuerySet",
    "DomainDrift",
    "DomainLoss",
    "DomainQuerySet",
    "RegistrantVerification",
    "RegistrarBrake",
    "RegistrarPrice",
    "RegistrarPriceQuerySet",
    "RegistryMessage",
    "Tld",
    "TldPrice",
    "TldQuerySet",
]
