"""What Openprovider is asked with, in its words: pure, as plain data."""

from collections.abc import Sequence

from commerce.domains.registrars.contract import DomainName
from commerce.domains.registrars.openprovider.client import OpenproviderData


def path(row: OpenproviderData) -> str:
    """Where a name that it has is changed."""
    return f"/domains/{int(row['id'])}"


def name(domain: DomainName) -> dict[str, str]:
    """A name, its ending apart."""
    return {"name": domain.label, "extension": domain.tld}


def hosts(names: Sequence[str]) -> list[OpenproviderData]:
    """Nameservers in their order."""
    return [{"name": each, "seq_nr": number} for number, each in enumerate(names, 1)]


def again(row: OpenproviderData, domain: DomainName, code: str) -> OpenproviderData:
    """A transfer that stopped, with another code."""
    return {"id": int(row["id"]), "domain": name(domain), "auth_code": code}
