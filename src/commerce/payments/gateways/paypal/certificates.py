"""The certificates by which PayPal signs its messages: where they may come from, and whether they are its own.

``cryptography`` is imported on first use: most processes never hear of PayPal.
"""

import re
import warnings
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from commerce.kit.remote.http import send_request, trusted_authorities

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

MAX_CERTIFICATE_BYTES = 64 * 1024
_OWN_ADDRESS = re.compile(r"https://(?:[a-z0-9-]+\.)*paypal\.com(?::443)?/[A-Za-z0-9/_.~%=&?-]*")
"""Of PayPal over HTTPS, on its port, with no name and password in it. Stricter than a parser of addresses."""


class UntrustedCertificateError(Exception):
    """A certificate that proves nothing: another's, too old, or from nobody that is trusted."""


def is_own_address(url: str) -> bool:
    """Whether a certificate may be fetched from there."""
    return _OWN_ADDRESS.fullmatch(url) is not None


@lru_cache(maxsize=16)
def fetch_certificates(url: str) -> tuple["Certificate", ...]:
    """The certificate at an address of PayPal and those that vouch for it; asked for once in a process.

    Raises ``OSError`` without an answer, ``UntrustedCertificateError`` for one that holds none.
    """
    from cryptography import x509

    answer = send_request("GET", url, max_bytes=MAX_CERTIFICATE_BYTES)
    if answer.status != 200:  # a redirect too: nobody follows one
        raise UntrustedCertificateError(f"{answer.status} instead of a certificate")
    try:
        return tuple(x509.load_pem_x509_certificates(answer.body))
    except ValueError as error:
        raise UntrustedCertificateError("no certificate") from error


def trusted_key(
    chain: Sequence["Certificate"], roots: Sequence["Certificate"], at: datetime
) -> "RSAPublicKey":
    """The key of PayPal's certificate, if public roots vouch for it. Raises ``UntrustedCertificateError``."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import DNSName
    from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

    own, *others = chain
    names = [name for name in _names(own) if f".{name}".endswith(".paypal.com")]
    key = own.public_key()
    if not names or not isinstance(key, RSAPublicKey):
        raise UntrustedCertificateError("not PayPal's name, or no RSA key")
    try:
        policy = PolicyBuilder().store(Store(list(roots))).time(at)  # which takes no empty store
        verifier = policy.build_server_verifier(DNSName(names[0].replace("*", "any")))
        verifier.verify(own, others)
    except (VerificationError, ValueError) as error:
        raise UntrustedCertificateError(str(error)) from error
    return key


def _names(certificate: "Certificate") -> list[str]:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return []
    return found.value.get_values_for_type(x509.DNSName)


@cache
def public_roots() -> tuple["Certificate", ...]:
    """Those whom our own HTTPS calls trust."""
    from cryptography import x509

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of old ones that are written wrongly
        return tuple(x509.load_der_x509_certificate(each) for each in trusted_authorities())
