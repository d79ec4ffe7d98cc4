"""The double of Namecheap: its commands, checked as its documentation says which fields each wants."""

import base64
from collections.abc import Callable, Mapping
from datetime import date
from xml.sax.saxutils import quoteattr

from commerce.domains.registrars.contract import RegistrarState
from tests.doubles.registrars.account import HeldName, RegistrarAccount, RemoteRefusal
from tests.doubles.registrars.http_server import HttpReply, HttpRequest, RegistrarServer

type Fields = dict[str, str]

API_USER, API_KEY, CLIENT_IP = "hoster", "n4m3ch34p&key+/=", "203.0.113.7"
GLOBAL = {"ApiUser": API_USER, "ApiKey": API_KEY, "UserName": API_USER, "ClientIp": CLIENT_IP}
ROLES = {"registrant": "Registrant", "admin": "Admin", "tech": "Tech", "billing": "AuxBilling"}
REQUIRED = """
FirstName LastName Address1 City StateProvince PostalCode Country Phone EmailAddress
""".split()
REFUSALS = {
    "not_found": ("2019166", "Domain not found"),
    "taken": ("3019166", "Domain not available"),
    "refused": ("2528166", "Order creation failed"),
}
UNDER_WAY = {
    RegistrarState.PENDING_TRANSFER: ("9", "INPROGRESS", "Awaiting auto verification of transfer"),
    RegistrarState.TRANSFER_WRONG_CODE: ("32", "CANCELLED", "Invalid EPP/authorization key"),
    RegistrarState.TRANSFER_REFUSED: ("25", "CANCELLED", "The current registrar has rejected it"),
}
OURS = (
    RegistrarState.ACTIVE,
    RegistrarState.EXPIRED,
    RegistrarState.REDEMPTION,
    RegistrarState.UNKNOWN,
)
STATUS = {RegistrarState.ACTIVE: "Ok", RegistrarState.UNKNOWN: "Locked"}


def tag(name: str, attributes: Mapping[str, object] | None = None, content: str = "") -> str:
    """An element; ``content`` is XML already."""
    told = "".join(f" {key}={quoteattr(str(value))}" for key, value in (attributes or {}).items())
    return f"<{name}{told}>{content}</{name}>"


def us_date(day: date) -> str:
    return day.strftime("%m/%d/%Y")


class NamecheapDouble:
    """One account."""

    def __init__(self) -> None:
        self.without_privacy: set[str] = set()
        self.free_privacy: dict[str, str] = {}
        """Services that no name has, with the day on which they end."""
        self.allotted: dict[str, str] = {}
        self.account = RegistrarAccount()
        self.costs: dict[str, tuple[int, int, int, int]] = {}
        """Of an ending: to register, renew, transfer and reactivate, for a year, in cents of USD."""
        self.server = RegistrarServer(command_of, self.reply, refusal)
        self.commands: dict[str, Callable[[Fields], str]] = {
            "domains.check": self.check,
            "domains.create": self.create,
            "domains.renew": self.renew,
            "domains.reactivate": self.reactivate,
            "domains.getInfo": self.get_info,
            "domains.getContacts": self.get_contacts,
            "domains.setContacts": self.set_contacts,
            "domains.getRegistrarLock": self.get_lock,
            "domains.setRegistrarLock": self.set_lock,
            "domains.dns.setCustom": self.set_nameservers,
            "domains.transfer.create": self.transfer,
            "domains.transfer.getList": self.transfers,
            "whoisguard.getList": self.privacy_list,
            "whoisguard.allot": self.allot_privacy,
            "whoisguard.enable": lambda sent: self.privacy(sent, is_on=True),
            "whoisguard.disable": lambda sent: self.privacy(sent, is_on=False),
            "users.getBalances": self.balances,
            "users.getPricing": self.pricing,
        }

    def reply(self, request: HttpRequest) -> HttpReply:
        sent = dict(request.form)
        given = {name: sent.pop(name, "") for name in GLOBAL}
        if given != GLOBAL:
            return failed("1011102", f"Parameter APIKey is invalid: {given['ApiKey']}")
        command = sent.pop("Command").removeprefix("namecheap.")
        if command not in self.commands:
            return failed("1010104", "Parameter Command is missing")
        with self.account.lock:
            try:
                return answered(command, self.commands[command](sent))
            except RemoteRefusal as error:
                return failed(*REFUSALS.get(error.reason, ("2011170", str(error))))
            except (KeyError, ValueError) as error:
                return failed("2010324", f"Parameter is missing or invalid: {error}")

    def _ours(self, sent: Fields) -> HeldName:
        held = self.account.find(sent["DomainName"])
        if held.state not in OURS:
            raise RemoteRefusal("not_found", held.name)
        return held

    def check(self, sent: Fields) -> str:
        names = sent["DomainList"].split(",")
        if len(names) > 50:
            raise RemoteRefusal("", "Too many domains")
        return "".join(self._checked(name) for name in names)

    def _checked(self, name: str) -> str:
        told: dict[str, object] = {"Domain": name, "Available": self.account.is_free(name)}
        if name.endswith(".unreachable"):
            told |= {"Available": "false", "ErrorNo": "3031166", "Description": "No answer"}
        price = self.account.premium.get(name, 0)
        told |= {
            "IsPremiumName": bool(price),
            "PremiumRegistrationPrice": f"{price / 100:.4f}",
            "IcannFee": "0.0000",
        }
        return tag("DomainCheckResult", {name: str(value).lower() for name, value in told.items()})

    def create(self, sent: Fields) -> str:
        name = sent["DomainName"]
        if name.startswith("xn--") and len(sent.get("IdnCode", "")) != 3:
            raise RemoteRefusal("", "IdnCode is required")
        held = self.account.register(
            name,
            int(sent["Years"]),
            is_queued=False,
            nameservers=sent["Nameservers"].split(","),
            is_private={"yes": True, "no": False}[sent["WGEnabled"]],
            contacts=contacts_of(sent),
        )
        self._add_privacy(sent, name)
        told = {"Domain": name, "Registered": "true", "ChargedAmount": "20.3600"}
        told |= {"DomainID": str(held.number), "NonRealTimeDomain": "false"}
        return tag("DomainCreateResult", told)

    def renew(self, sent: Fields) -> str:
        held = self._ours(sent)
        if held.expiry < self.account.today:
            raise RemoteRefusal("", "Domain has expired. Please reactivate your domain")
        self.account.renew(held.name, int(sent["Years"]))
        details = tag("ExpiredDate", None, f"{us_date(held.expiry)} 11:31:13 AM")
        told = {"DomainName": held.name, "DomainID": held.number, "Renew": "true"}
        return tag("DomainRenewResult", told, tag("DomainDetails", None, details))

    def reactivate(self, sent: Fields) -> str:
        held = self._ours(sent)
        years = int(sent["YearsToAdd"])
        if held.state == RegistrarState.REDEMPTION:
            self.account.restore(held.name)
        elif held.expiry < self.account.today:
            self.account.renew(held.name, years)
        else:
            raise RemoteRefusal("", "Domain does not meet the expiration date for reactivation")
        return tag("DomainReactivateResult", {"Domain": held.name, "IsSuccess": "true"})

    def get_info(self, sent: Fields) -> str:
        held = self._ours(sent)
        dates = tag("CreatedDate", None, us_date(held.registered))
        dates += tag("ExpiredDate", None, us_date(held.expiry))
        number = 0 if held.name in self.without_privacy else held.number + 500_000
        privacy = tag("ID", None, str(number))
        hosts = "".join(tag("Nameserver", None, host) for host in held.nameservers)
        told = {
            "Status": STATUS.get(held.state, "Expired"),
            "ID": held.number,
            "DomainName": held.name,
            "OwnerName": API_USER,
            "IsOwner": "true",
        }
        content = tag("DomainDetails", None, dates) + tag("LockDetails")
        content += tag("Whoisguard", {"Enabled": held.is_private}, privacy)
        content += tag("DnsDetails", {"ProviderType": "CUSTOM"}, hosts)
        return tag("DomainGetInfoResult", told, content)

    def get_contacts(self, sent: Fields) -> str:
        held = self._ours(sent)
        email = held.contacts.get("registrant", {}).get("EmailAddress", "zoe@example.com")
        content = tag("Registrant", None, tag("EmailAddress", None, email))
        return tag("DomainContactsResult", {"Domain": held.name}, content)

    def set_contacts(self, sent: Fields) -> str:
        held = self._ours(sent)
        held.contacts = contacts_of(sent)
        return tag("DomainSetContactResult", {"Domain": held.name, "IsSuccess": "true"})

    def get_lock(self, sent: Fields) -> str:
        told = {"RegistrarLockStatus": str(self._ours(sent).is_locked).lower()}
        return tag("DomainGetRegistrarLockResult", told)

    def set_lock(self, sent: Fields) -> str:
        held = self._ours(sent)
        held.is_locked = {"LOCK": True, "UNLOCK": False}[sent["LockAction"]]
        return tag("DomainSetRegistrarLockResult", {"Domain": held.name, "IsSuccess": "true"})

    def set_nameservers(self, sent: Fields) -> str:
        held = self._ours({"DomainName": f"{sent['SLD']}.{sent['TLD']}"})
        if "." in sent["SLD"]:
            raise RemoteRefusal("", "SLD is invalid")
        held.nameservers = sent["Nameservers"].split(",")
        return tag("DomainDNSSetCustomResult", {"Domain": held.name, "Updated": "true"})

    def transfer(self, sent: Fields) -> str:
        name, code = sent["DomainName"], sent["EPPCode"]
        if code.startswith("base64:"):
            code = base64.b64decode(code.removeprefix("base64:"), validate=True).decode()
        elif not code.isalnum():
            raise RemoteRefusal("", "EPPCode is invalid")
        if sent["Years"] != "1":
            raise RemoteRefusal("", "Years is invalid")
        held = self.account.transfer(name, code, is_private=sent["WGEnable"] == "yes")
        self._add_privacy(sent, name)
        told = {"Domainname": name, "Transfer": "true", "TransferID": held.number}
        return tag("DomainTransferCreateResult", told | {"StatusID": "-1", "StatusCode": "2"})

    def transfers(self, sent: Fields) -> str:
        int(sent["PageSize"])
        rows = []
        for held in self.account.names.values():
            if held.state in UNDER_WAY and sent["SearchTerm"] in held.name:
                number, status, text = UNDER_WAY[held.state]
                told = {"ID": held.number, "Domainname": held.name, "StatusID": number}
                told |= {"Status": status, "StatusDescription": text}
                rows.append(tag("Transfer", told | {"StatusDate": us_date(self.account.today)}))
        return tag("TransferGetListResult", None, "".join(rows))

    def _add_privacy(self, sent: Fields, name: str) -> None:
        """The service is free, and is there only if it was asked for with the order."""
        has_it = {"yes": True, "no": False}[sent["AddFreeWhoisguard"]]
        (self.without_privacy.discard if has_it else self.without_privacy.add)(name)

    def privacy_list(self, sent: Fields) -> str:
        if (sent["ListType"], sent["PageSize"]) != ("FREE", "100"):
            raise ValueError("ListType")
        rows = [
            {"ID": number, "DomainName": "", "Expires": expires, "Status": "unused"}
            for number, expires in self.free_privacy.items()
        ]
        found = "".join(tag("Whoisguard", row) for row in rows)
        return tag("WhoisguardGetListResult", None, found)

    def allot_privacy(self, sent: Fields) -> str:
        held = self._ours(sent)
        del self.free_privacy[sent["WhoisguardId"]]
        self.allotted[sent["WhoisguardId"]] = held.name
        self.without_privacy.discard(held.name)
        told = {"ID": sent["WhoisguardId"], "DomainName": held.name, "IsSuccess": "true"}
        return tag("WhoisguardAllotResult", told)

    def privacy(self, sent: Fields, *, is_on: bool) -> str:
        number = int(sent["WhoisguardID"]) - 500_000
        allotted = self.allotted.get(sent["WhoisguardID"])
        held = self.account.find(allotted) if allotted else self.account.numbered(str(number))
        if is_on and "@" not in sent["ForwardedToEmail"]:
            raise RemoteRefusal("", "Forwarded email is not valid")
        if held.is_private == is_on:
            raise RemoteRefusal("", "Domain privacy is already so")
        held.is_private = is_on
        name = f"Whoisguard{'Enable' if is_on else 'Disable'}Result"
        return tag(name, {"DomainName": held.name, "IsSuccess": "true"})

    def balances(self, sent: Fields) -> str:
        amount = f"{self.account.balance / 100:.2f}"
        return tag("UserGetBalancesResult", {"Currency": "USD", "AvailableBalance": amount})

    def pricing(self, sent: Fields) -> str:
        if (sent["ProductType"], sent["ProductCategory"]) != ("DOMAIN", "DOMAINS"):
            raise ValueError("ProductCategory")
        position = ["REGISTER", "RENEW", "TRANSFER", "REACTIVATE"].index(sent["ActionName"])
        products = ""
        for tld, costs in self.costs.items():
            prices = ""
            for years in (2, 1):
                price = f"{costs[position] * years / 100:.4f}"
                told = {"Duration": years, "DurationType": "YEAR", "Price": "99.00"}
                told |= {"YourPrice": price, "Currency": "USD"}
                prices += tag("Price", told)
            products += tag("Product", {"Name": tld}, prices)
        category = tag("ProductCategory", {"Name": sent["ActionName"].lower()}, products)
        kind = tag("ProductType", {"Name": "domains"}, category)
        return tag("UserGetPricingResult", None, kind)


def contacts_of(sent: Fields) -> dict[str, dict[str, str]]:
    """The four contacts, each of which must be whole."""
    found = {}
    for role, prefix in ROLES.items():
        own = {
            name.removeprefix(prefix): value
            for name, value in sent.items()
            if name.startswith(prefix)
        }
        if missing := [name for name in REQUIRED if not own.get(name)]:
            raise ValueError(f"{prefix}{missing[0]}")
        found[role] = own
    return found


def command_of(request: HttpRequest) -> str:
    return dict(request.form).get("Command", "").removeprefix("namecheap.")


def written(status: str, content: str) -> HttpReply:
    """A whole answer."""
    name = {"xmlns": "http://api.namecheap.com/xml.response", "Status": status}
    text = '<?xml version="1.0" encoding="utf-8"?>\n' + tag("ApiResponse", name, content)
    return HttpReply(200, text.encode(), "text/xml; charset=utf-8")


def answered(command: str, content: str) -> HttpReply:
    head = tag("Errors") + tag("Warnings") + tag("RequestedCommand", None, command)
    tail = tag("Server", None, "PHX01") + tag("ExecutionTime", None, "0.1")
    return written("OK", head + tag("CommandResponse", {"Type": command}, content) + tail)


def failed(number: str, text: str) -> HttpReply:
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    errors = tag("Errors", None, tag("Error", {"Number": number}, safe))
    return written("ERROR", errors + tag("CommandResponse"))


def refusal(text: str) -> HttpReply:
    """A refusal with this text."""
    return failed("2528166", text)
