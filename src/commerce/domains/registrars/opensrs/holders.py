"""What the holder of a name at OpenSRS has in hand: code, lock, privacy, and the confirmation of their address."""

import secrets
import string
from abc import abstractmethod
from typing import Any

from commerce.domains.registrars.contract import DomainName, VerificationInfo
from commerce.domains.registrars.opensrs import client, responses
from commerce.domains.registrars.opensrs.client import OpenSrsError, OpsAnswer
from commerce.domains.registrars.opensrs.envelope import OpsData
from commerce.domains.registrars.operations import ConnectedRegistrar, registrar_operation


class OpenSrsHolders(ConnectedRegistrar):
    """The part of the registrar that is about them."""

    @abstractmethod
    def _ask(self, action: str, **attributes: Any) -> OpsAnswer:
        """What an action gives."""

    def _get(self, domain: DomainName, what: str) -> OpsData:
        return self._ask("GET", domain=domain.name, type=what).attributes

    @registrar_operation
    def get_code(self, domain: DomainName) -> str:
        """The code of the name; a new one where OpenSRS shows the present one only to its holder, or there is none."""
        try:
            code = self._get(domain, "domain_auth_info").get("domain_auth_info")
        except OpenSrsError as error:
            if error.code != client.NOT_THE_HOLDER:
                raise
            code = ""
        if code:
            return str(code)
        letters = string.ascii_letters + string.digits
        made = "".join(secrets.choice(letters) for _number in range(14)) + "-7"
        self._modify(domain, "domain_auth_info", domain_auth_info=made)
        return made

    @registrar_operation
    def set_lock(self, domain: DomainName, *, locked: bool) -> None:
        self._modify(domain, "status", lock_state=str(int(locked)))

    @registrar_operation
    def set_privacy(self, domain: DomainName, *, enabled: bool) -> None:
        self._modify(domain, "whois_privacy_state", state="enable" if enabled else "disable")

    def _modify(self, domain: DomainName, what: str, **values: str) -> None:
        self._ask("MODIFY", domain=domain.name, data=what, affect_domains="0", **values)

    @registrar_operation
    def verification(self, domain: DomainName) -> VerificationInfo:
        told = self._ask("GET_REGISTRANT_VERIFICATION_STATUS", domain=domain.name)
        return responses.verification(told.attributes)

    @registrar_operation
    def resend_verification(self, domain: DomainName) -> None:
        self._ask("SEND_REGISTRANT_VERIFICATION_EMAIL", domain=domain.name)
