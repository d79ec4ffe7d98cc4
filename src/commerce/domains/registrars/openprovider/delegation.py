"""The nameservers that a name has now: with a transfer Openprovider wants some, and it shall keep those."""

from commerce.domains.registrars.contract import DomainName, RegistrarProblem
from commerce.domains.registrars.operations import RegistrarError
from commerce.kit.remote.time_limits import seconds_left

DNS_SECONDS = 5


def present_nameservers(domain: DomainName, resolver_at: tuple[str, int] | None) -> list[str]:
    """What DNS says, asked at this machine's resolver or at the one given. Raises ``RegistrarError`` if it says none,
    ``OSError`` without an answer.
    """
    from dns import exception, resolver

    asked = resolver.Resolver(configure=resolver_at is None)
    if resolver_at:
        asked.nameservers, asked.port = [resolver_at[0]], resolver_at[1]
    try:
        answer = asked.resolve(f"{domain.name}.", "NS", lifetime=min(DNS_SECONDS, seconds_left()))
    except exception.Timeout as error:
        raise OSError("DNS does not answer") from error
    except exception.DNSException as error:
        raise RegistrarError(
            RegistrarProblem.REFUSED,
            f"Openprovider needs the nameservers of {domain}, and DNS tells none of it:"
            f" {type(error).__name__}.",
        ) from error
    return sorted(str(row.target).rstrip(".").lower() for row in answer)
