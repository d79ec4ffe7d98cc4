"""Calls of Namecheap's API: a form to one address, XML back; its error numbers in our words."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.operations import RegistrarError
from commerce.kit.remote.http import ProviderSilentError, send_request
from commerce.kit.remote.xml import parse_xml

LIVE_ADDRESS = "https://api.namecheap.com/xml.response"
TEST_ADDRESS = "https://api.sandbox.namecheap.com/xml.response"

_PROBLEMS = {
    "2016166": RegistrarProblem.NOT_FOUND,
    "2019166": RegistrarProblem.NOT_FOUND,
    "4011103": RegistrarProblem.NOT_FOUND,
    "3019166": RegistrarProblem.TAKEN,
    "4019166": RegistrarProblem.TAKEN,
    "1050900": RegistrarProblem.RETRY,
    "1017410": RegistrarProblem.REFUSED,
    "500000": RegistrarProblem.RETRY,
}
_KINDS = {"1": RegistrarProblem.AUTH, "2": RegistrarProblem.REFUSED}
"""Numbers by their first digit: the account, the request; any other is an error on its way, of which it is not known
whether it was done.
"""


class NamecheapClient:
    """One account at one address, called from the address that it knows."""

    def __init__(self, address: str, api_user: str, api_key: str, client_ip: str) -> None:
        self._address = address
        self._global = {
            "ApiUser": api_user,
            "ApiKey": api_key,
            "UserName": api_user,
            "ClientIp": client_ip,
        }

    def ask(self, command: str, fields: Mapping[str, str] | None = None) -> Any:
        """The response of a command. Never by an address that holds the key: all of it is a form. No field can be one
        of the account's, or another command.
        """
        sent = {**(fields or {}), **self._global, "Command": f"namecheap.{command}"}
        answer = send_request(
            "POST",
            self._address,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode(sent).encode(),
        )
        if answer.status in (401, 403):
            raise RegistrarError(RegistrarProblem.AUTH, f"The registrar answers {answer.status}.")
        if answer.status != 200:
            raise ProviderSilentError(f"the registrar answers {answer.status}")
        root = parse_xml(answer.body)
        if root.get("Status") == "ERROR":
            raise _refusal(root)
        response = root.find("{*}CommandResponse")
        if root.get("Status") != "OK" or response is None:
            raise ValueError("neither a response nor an error")
        return response


def _refusal(root: Any) -> RegistrarError:
    """The first error counts."""
    error = root.find("{*}Errors/{*}Error")
    if error is None:
        raise ValueError("an error without its number")
    number = str(error.get("Number"))
    problem = _PROBLEMS.get(number) or _KINDS.get(number[:1], RegistrarProblem.RETRY)
    return RegistrarError(problem, f"{error.text or 'No reason is given.'} ({number})")


def required_element(response: Any, tag: str) -> Any:
    """The element with the result. Raises ``ValueError`` where there is none."""
    found = response.find(f"{{*}}{tag}")
    if found is None:
        raise ValueError(f"no {tag}")
    return found


def check_done(response: Any, tag: str, attribute: str) -> Any:
    """The result of a command that says whether it was done. Raises ``RegistrarError`` if it was not."""
    found = required_element(response, tag)
    told = str(found.get(attribute)).lower()
    if told == "false":
        raise RegistrarError(RegistrarProblem.REFUSED, "The registrar did not do it.")
    if told != "true":
        raise ValueError(f"{attribute} is neither true nor false")
    return found
