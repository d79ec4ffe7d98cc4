"""The certificate that a server shows, and trust in that one alone."""

import hashlib
import ssl
from functools import lru_cache

from commerce.kit.remote.http import CONNECT_SECONDS, NoAnswerError
from commerce.kit.remote.silence import OTHER_CERTIFICATE, connection_reason, silence_text
from commerce.kit.remote.time_limits import seconds_left


def certificate_of(hostname: str, port: int) -> str:
    """The certificate that a server shows, as PEM, whoever vouches for it. Raises ``NoAnswerError``."""
    try:
        return ssl.get_server_certificate(
            (hostname, port), timeout=max(min(CONNECT_SECONDS, seconds_left()), 0.001)
        )
    except OSError as error:
        text = silence_text(f"{hostname}:{port}", connection_reason(error))
        raise NoAnswerError(text, was_sent=False) from error


def fingerprint_of(certificate: str) -> str:
    """Its SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()


@lru_cache(maxsize=256)
def trust_in(hostname: str, port: int, fingerprint: str) -> ssl.SSLContext:
    """Trust in the certificate of this fingerprint and no other, whatever name is on it.

    Raises ``NoAnswerError`` when the server shows another one.
    """
    certificate = certificate_of(hostname, port)
    if fingerprint_of(certificate) != fingerprint:
        text = silence_text(f"{hostname}:{port}", OTHER_CERTIFICATE)
        raise NoAnswerError(text, was_sent=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # it is this certificate or none
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cadata=certificate)
    return context
