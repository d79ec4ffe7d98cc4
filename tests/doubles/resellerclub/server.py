"""The double of ResellerClub: its commands, checked as its documentation says which fields each wants."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from commerce.domains.registrars.contract import RegistrarState
from tests.doubles.registrars import holders
from tests.doubles.registrars.account import HeldName, RegistrarAccount, RemoteRefusal
from tests.doubles.registrars.http_server import HttpReply, HttpRequest, RegistrarServer
from tests.doubles.resellerclub.fields import Fields, attributes, one

type Command = Callable[[Fields], Any]

AUTH_USERID, API_KEY = "702150", "Rc9k/pQ2+secret=="
ROLES = {
    "registrant": "reg-contact-id",
    "admin": "admin-contact-id",
    "tech": "tech-contact-id",
    "billing": "billing-contact-id",
}
CONTACT_FIELDS = (
    "name company email address-line-1 address-line-2 city state country zipcode phone-cc phone"
).split()
TOLD_AS = dict(
    zip(
        CONTACT_FIELDS,
        "name company emailaddr address1 address2 city state country zip telnocc telno".split(),
        strict=True,
    )
)
REFUSALS = {
    "not_found": "No Entity found for Entityid: {}",
    "taken": "Domain name {} is already registered",
    "refused": "Order of {} cannot be processed",
}
STATUS = {
    RegistrarState.ACTIVE: "Active",
    RegistrarState.EXPIRED: "Active",
    RegistrarState.REDEMPTION: "Pending Delete Restorable",
    RegistrarState.GONE: "Deleted",
    RegistrarState.UNKNOWN: "Suspended",
}
"""Any other is one in the making."""
ACTIONS = {
    RegistrarState.PENDING: ("AddNewDomain", "Order is being processed"),
    RegistrarState.PENDING_TRANSFER: (
        "AddTransferDomain",
        "Transfer waiting for Losing Registrar Approval",
    ),
    RegistrarState.TRANSFER_WRONG_CODE: (
        "AddTransferDomain",
        "Transfer waiting for the Domain Secret",
    ),
    RegistrarState.TRANSFER_REFUSED: (
        "AddTransferDomain",
        "Transfer rejected by the Losing Registrar",
    ),
}


def epoch(day: date, hour: int = 13) -> str:
    """An hour of the day in UTC, as seconds."""
    return str(int(datetime(day.year, day.month, day.day, hour, 7, 9, tzinfo=UTC).timestamp()))


class ResellerClubDouble:
    """The account of a reseller, with the customers and contacts in it."""

    def __init__(self) -> None:
        self.account = RegistrarAccount()
        self.customers: dict[str, dict[str, str]] = {}
        self.contacts: dict[str, dict[str, str]] = {}
        self.privacy_bought: set[str] = set()
        self.renews_itself: set[str] = set()
        self.commands: dict[str, Command] = {
            "GET domains/available": self.available,
            "GET domains/idn-available": self.idn_available,
            "GET domains/details-by-name": self.details_by_name,
            "GET domains/validate-transfer": self.validate_transfer,
            "GET customers/details": self.customer,
            "POST customers/v2/signup": self.sign_up,
            "GET contacts/search": self.search_contacts,
            "POST contacts/add": self.add_contact,
            "POST domains/register": self.register,
            "POST domains/renew": self.renew,
            "POST domains/transfer": self.transfer,
            "POST domains/transfer/submit-auth-code": self.submit_code,
            "POST domains/cancel-transfer": self.cancel_transfer,
            "POST domains/modify-ns": self.modify_ns,
            "POST domains/enable-theft-protection": lambda sent: self.lock(sent, is_locked=True),
            "POST domains/disable-theft-protection": lambda sent: self.lock(sent, is_locked=False),
            "POST domains/modify-privacy-protection": self.modify_privacy,
            "POST domains/purchase-privacy": self.buy_privacy,
            "POST domains/modify-contact": self.modify_contact,
            "POST domains/restore": self.restore,
            "POST domains/add-dnssec": lambda sent: self.dnssec(sent, is_added=True),
            "POST domains/del-dnssec": lambda sent: self.dnssec(sent, is_added=False),
            "GET billing/reseller-balance": self.balance,
            "POST domains/raa/resend-verification": partial(holders.raa_resend, self.account),
        }
        self.server = RegistrarServer(call_name, self.reply, _refused)

    def reply(self, request: HttpRequest) -> HttpReply:
        fields: Fields = {}
        for name, value in request.fields:
            fields.setdefault(name, []).append(value)
        given = fields.pop("auth-userid", []) + fields.pop("api-key", [])
        if given != [AUTH_USERID, API_KEY]:
            return _failed(f"User authentication failed for {given}", 401)
        if request.method == "POST" and request.query:
            return _failed("The double takes commands by form only", 400)
        command = self.commands.get(call_name(request))
        if command is None:
            return HttpReply(404, b"no such command")
        with self.account.lock:
            try:
                said = command(fields)
            except RemoteRefusal as error:
                return _failed(REFUSALS.get(error.reason, "{}").format(error), 500)
            except (KeyError, ValueError) as error:
                return _failed(f"Required parameter missing: {error}", 500)
        return HttpReply(200, said if isinstance(said, bytes) else json.dumps(said).encode())

    # Queries.

    def idn_available(self, sent: Fields) -> Any:
        name = f"{one(sent, 'domain-name')}.{one(sent, 'tld')}"
        check_language(name, one(sent, "idnLanguageCode"))
        return {name: self._availability(name)}

    def available(self, sent: Fields) -> Any:
        if any(label.startswith("xn--") for label in sent["domain-name"]):
            raise RemoteRefusal("", "This is an internationalized name")
        if len(sent["tlds"]) > 5:
            raise RemoteRefusal("", "Up to 5 TLDs at a time")
        names = [f"{label}.{tld}" for label in sent["domain-name"] for tld in sent["tlds"]]
        return {name: self._availability(name) for name in names if ".unreachable" not in name}

    def _availability(self, name: str) -> dict[str, Any]:
        if name in self.account.names:
            return {"status": "regthroughus", "classkey": "domcno"}
        if name in self.account.elsewhere:
            return {"status": "regthroughothers", "classkey": "domcno"}
        if price := self.account.premium.get(name):
            costs = {"create": f"{price / 100:.2f}", "sellingCurrencySymbol": "USD"}
            return {"status": "available", "classkey": "domcno", "costHash": costs}
        return {"status": "available", "classkey": "domcno"}

    def details_by_name(self, sent: Fields) -> Any:
        name = one(sent, "domain-name")
        one(sent, "options")
        if name not in self.account.names:
            raise RemoteRefusal("", f"Website doesn't exist for {name}")
        return self._details(self.account.names[name])

    def _details(self, held: HeldName) -> dict[str, Any]:
        told: dict[str, Any] = {
            "orderid": str(held.number),
            "domainname": held.name,
            "customerid": next(iter(self.customers), "1"),
            "currentstatus": STATUS.get(held.state, "InActive"),
            "orderstatus": ["transferlock"] if held.is_locked else [],
            "isprivacyprotected": str(held.is_private).lower(),
            "recurring": str(held.name in self.renews_itself).lower(),
            **holders.raa_fields(held),
            "domsecret": held.code,
            "dnssec": [
                {"keytag": str(tag), "algorithm": str(alg), "digesttype": str(kind), "digest": text}
                for tag, alg, kind, text in sorted(held.ds_records)
            ],
        }
        for number, host in enumerate(held.nameservers, 1):
            told[f"ns{number}"] = host
        if held.state in ACTIONS:
            action, text = ACTIONS[held.state]
            told |= {"actiontype": action, "actionstatus": "InProgress", "actionstatusdesc": text}
        else:
            told |= {"creationtime": epoch(held.registered), "endtime": epoch(held.expiry)}
        return told

    def validate_transfer(self, sent: Fields) -> Any:
        name = one(sent, "domain-name")
        if self.account.is_free(name):
            raise RemoteRefusal("", f"{name} is currently available for Registration")
        return name in self.account.elsewhere

    def customer(self, sent: Fields) -> Any:
        username = one(sent, "username")
        for number, customer in self.customers.items():
            if customer["username"] == username:
                return {"customerid": number, "username": username}
        raise RemoteRefusal("", f"Customer {username} not found")

    def search_contacts(self, sent: Fields) -> Any:
        wanted = {name: one(sent, name) for name in ("customer-id", "type", "email")}
        int(one(sent, "no-of-records")), int(one(sent, "page-no"))
        rows = [
            {"entity.entityid": number}
            | {f"contact.{TOLD_AS[name]}": row.get(name, "") for name in CONTACT_FIELDS}
            for number, row in self.contacts.items()
            if all(row[name] == value for name, value in wanted.items())
        ]
        return {"recsonpage": str(len(rows)), "recsindb": str(len(rows)), "result": rows}

    def balance(self, sent: Fields) -> Any:
        if one(sent, "reseller-id") != AUTH_USERID:
            raise RemoteRefusal("", "Access Denied: You are not authorized to perform this action")
        amount = f"{self.account.balance / 100:.2f}"
        return {"sellingcurrencysymbol": "USD", "sellingcurrencybalance": amount}

    # Commands.

    def sign_up(self, sent: Fields) -> Any:
        for name in "passwd name company address-line-1 city state country zipcode phone".split():
            one(sent, name)
        if one(sent, "username") in [each["username"] for each in self.customers.values()]:
            raise RemoteRefusal("", "The username is used by another customer")
        number = str(self.account.next_number())
        self.customers[number] = {name: values[0] for name, values in sent.items()}
        return int(number)

    def add_contact(self, sent: Fields) -> Any:
        row = {name: values[0] for name, values in sent.items()}
        for name in "name company email address-line-1 city country zipcode phone-cc".split():
            row[name]
        if not (row["phone"].isdigit() and 4 <= len(row["phone"]) <= 12):
            raise RemoteRefusal("", "Phone number must have 4 to 12 digits")
        if row["customer-id"] not in self.customers:
            raise RemoteRefusal("", "Invalid customer-id")
        number = str(self.account.next_number())
        self.contacts[number] = row
        return int(number)

    def _people(self, sent: Fields, tld: str) -> dict[str, dict[str, str]]:
        found = {}
        for role, name in ROLES.items():
            number = one(sent, name)
            if number == "-1":
                if role == "registrant" or tld not in ("uk", "eu", "nz", "ru", "nl", "ca", "at"):
                    raise RemoteRefusal("", f"{{{name}={name} is invalid}}")
                continue
            row = self.contacts.get(number)
            wanted = f"{tld.capitalize()}Contact"
            if row is None or (tld in ("uk", "eu", "ca", "de") and row["type"] != wanted):
                raise RemoteRefusal("", f"{{{name}={name} is invalid}}")
            found[role] = row
        return found

    def _privacy(self, sent: Fields, name: str) -> bool:
        """Bought with an order, or renewed with one: without that it is over."""
        if sent.get("protect-privacy", sent["purchase-privacy"]) != sent["purchase-privacy"]:
            raise RemoteRefusal("", "Privacy Protection not Purchased")
        is_bought = one(sent, "purchase-privacy") == "true"
        (self.privacy_bought.add if is_bought else self.privacy_bought.discard)(name)
        return is_bought

    def _auto_renewal(self, sent: Fields, name: str) -> None:
        is_on = one(sent, "auto-renew") == "true"
        (self.renews_itself.add if is_on else self.renews_itself.discard)(name)

    def register(self, sent: Fields) -> Any:
        name = one(sent, "domain-name")
        one(sent, "customer-id"), one(sent, "invoice-option"), one(sent, "auto-renew")
        if name.startswith("xn--"):
            check_language(name, attributes(sent).get("idnLanguageCode", ""))
        held = self.account.register(
            name,
            int(one(sent, "years")),
            is_queued=True,
            nameservers=sent["ns"],
            contacts=self._people(sent, name.rpartition(".")[2]),
            is_private=one(sent, "protect-privacy") == "true",
            extra_fields=attributes(sent),
        )
        self._privacy(sent, name)
        self._auto_renewal(sent, name)
        return _queued(held, "AddNewDomain")

    def renew(self, sent: Fields) -> Any:
        held = self._order(sent)
        one(sent, "invoice-option")
        if one(sent, "exp-date") != epoch(held.expiry):
            raise RemoteRefusal("", "The expiry date is not that of the order")
        one(sent, "auto-renew")
        renewed = self.account.renew(held.name, int(one(sent, "years")))
        held.is_private &= self._privacy(sent, held.name)
        self._auto_renewal(sent, held.name)
        return _queued(renewed, "RenewDomain")

    def transfer(self, sent: Fields) -> Any:
        name = one(sent, "domain-name")
        one(sent, "customer-id"), one(sent, "invoice-option")
        people = self._people(sent, name.rpartition(".")[2])
        is_private = one(sent, "protect-privacy") == "true"
        one(sent, "auto-renew")
        held = self.account.transfer(
            name, one(sent, "auth-code"), contacts=people, is_private=is_private
        )
        self._privacy(sent, name)
        self._auto_renewal(sent, name)
        return _queued(held, "AddTransferDomain")

    def submit_code(self, sent: Fields) -> Any:
        self.account.give_code(self._order(sent), one(sent, "auth-code"))
        return b"Success"

    def cancel_transfer(self, sent: Fields) -> Any:
        held = self._order(sent)
        if held.state not in ACTIONS:
            raise RemoteRefusal("", "Invalid action status/action type for this operation")
        held.state, held.queued = RegistrarState.TRANSFER_REFUSED, None
        return b"Success"

    def modify_ns(self, sent: Fields) -> Any:
        held = self._order(sent)
        if held.nameservers == sent["ns"]:
            raise RemoteRefusal("", "Same value for new and old NameServers")
        held.nameservers = sent["ns"]
        return _queued(held, "ModNS")

    def lock(self, sent: Fields, *, is_locked: bool) -> Any:
        held = self._order(sent)
        held.is_locked = is_locked
        return _queued(held, "ModTransferLock")

    def modify_privacy(self, sent: Fields) -> Any:
        held = self._order(sent)
        one(sent, "reason")
        if held.name not in self.privacy_bought and one(sent, "protect-privacy") == "true":
            raise RemoteRefusal("", "Privacy Protection not Purchased")
        held.is_private = one(sent, "protect-privacy") == "true"
        return _queued(held, "ModPrivacy")

    def buy_privacy(self, sent: Fields) -> Any:
        held = self._order(sent)
        one(sent, "invoice-option")
        self.privacy_bought.add(held.name)
        return _queued(held, "PurchasePrivacy")

    def modify_contact(self, sent: Fields) -> Any:
        held = self._order(sent)
        held.contacts = self._people(sent, held.name.rpartition(".")[2])
        return _queued(held, "ModContact")

    def restore(self, sent: Fields) -> Any:
        one(sent, "invoice-option")
        return _queued(self.account.restore(self._order(sent).name), "RestoreDomain")

    def dnssec(self, sent: Fields, *, is_added: bool) -> Any:
        held, told = self._order(sent), attributes(sent)
        numbers = (int(told[name]) for name in ("keytag", "algorithm", "digesttype"))
        record = (*numbers, told["digest"])
        (held.ds_records.add if is_added else held.ds_records.remove)(record)
        return _queued(held, "AddDNSSEC")

    def _order(self, sent: Fields) -> HeldName:
        return self.account.numbered(one(sent, "order-id"))


def check_language(name: str, code: str) -> None:
    """The registries of Verisign have codes of three letters, others of two."""
    if len(code) != (3 if name.endswith((".com", ".net")) else 2):
        raise RemoteRefusal("", f"The language {code} is invalid")


def call_name(request: HttpRequest) -> str:
    return f"{request.method} {request.path.removeprefix('/api/').removesuffix('.json')}"


def _failed(text: str, status: int) -> HttpReply:
    return HttpReply(status, json.dumps({"status": "ERROR", "message": text}).encode())


def _refused(text: str) -> HttpReply:
    return _failed(text, 500)


def _queued(held: HeldName, action: str) -> dict[str, Any]:
    return {
        "status": "Success",
        "actionstatus": "Success",
        "actiontype": action,
        "actionstatusdesc": "The action is queued",
        "description": held.name,
        "entityid": str(held.number),
        "eaqid": "9",
    }
