"""The commands of OpenSRS that the double knows, as the API guide says what they do."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from commerce.domains.registrars.contract import RegistrarState
from tests.doubles.opensrs.messages import read_message, signature, written_message
from tests.doubles.registrars import holders
from tests.doubles.registrars.account import HeldName, RegistrarAccount, RemoteRefusal
from tests.doubles.registrars.http_server import HttpFault, HttpReply, HttpRequest, RegistrarServer

USERNAME, PRIVATE_KEY = "hosting-company", "3f8c0d1e9a7b64a5d2"
ROLES = {"owner": "registrant", "admin": "admin", "tech": "tech", "billing": "billing"}
CONTACT_FIELDS = set(
    "first_name last_name org_name address1 address2 city state postal_code country phone email".split()
)
QUEUED_TLDS = ("co.uk",)
"""Of registries that answer later."""
OWNED = (RegistrarState.ACTIVE, RegistrarState.EXPIRED)
ORDERS = {
    RegistrarState.PENDING: ("new", "waiting"),
    RegistrarState.PENDING_TRANSFER: ("transfer", "pending"),
    RegistrarState.TRANSFER_WRONG_CODE: ("transfer", "cancelled"),
    RegistrarState.TRANSFER_REFUSED: ("transfer", "cancelled"),
    RegistrarState.UNKNOWN: ("new", "on_hold"),
}
"""Type and state of the order of a name that is not in the account; a completed one for any other."""
TRANSFERS = {
    RegistrarState.PENDING_TRANSFER: ("pending_registry", "Transfer in progress"),
    RegistrarState.TRANSFER_WRONG_CODE: ("cancelled", "Invalid authorization code"),
    RegistrarState.TRANSFER_REFUSED: ("cancelled", "Rejected by the losing registrar"),
}
REFUSALS = {"not_found": 480, "taken": 485, "refused": 465}

type Sent = Mapping[str, Any]
type Told = tuple[int, dict[str, Any] | None]
type Command = Callable[[Sent], Told]


class OpsRefusal(Exception):
    """It answers this code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def instant(day: date) -> str:
    return f"{day.isoformat()} 13:07:09"


class OpenSrsDouble:
    """A reseller's account, and what the next orders meet."""

    def __init__(self) -> None:
        self.account = RegistrarAccount()
        self.has_funds = True
        self.hides_codes = False
        self.has_no_status = False
        self.waits_for_code = False
        self.unknown_hosts: set[str] = set()
        self.pending: dict[str, str] = {}
        """Orders that are held, with their names."""
        self.profiles: dict[str, str] = {}
        self.sent: list[dict[str, Any]] = []
        self.commands: dict[str, Command] = {
            "LOOKUP DOMAIN": self.look_up,
            "GET_PRICE DOMAIN": self.get_price,
            "NAME_SUGGEST DOMAIN": self.suggest,
            "SW_REGISTER DOMAIN": self.sw_register,
            "PROCESS_PENDING DOMAIN": self.process_pending,
            "RENEW DOMAIN": self.renew,
            "REDEEM DOMAIN": self.redeem,
            "BELONGS_TO_RSP DOMAIN": self.belongs,
            "GET DOMAIN": self.get,
            "GET_ORDERS_BY_DOMAIN DOMAIN": self.get_orders,
            "GET_DELETED_DOMAINS DOMAIN": self.get_deleted,
            "CHECK_TRANSFER DOMAIN": self.check_transfer,
            "CANCEL_TRANSFER TRANSFER": self.cancel_transfer,
            "ADVANCED_UPDATE_NAMESERVERS DOMAIN": self.update_nameservers,
            "REGISTRY_ADD_NS NAMESERVER": self.add_nameserver,
            "MODIFY DOMAIN": self.modify,
            "UPDATE_CONTACTS DOMAIN": self.update_contacts,
            "SET_DNSSEC_INFO DOMAIN": self.set_dnssec,
            "GET_BALANCE BALANCE": self.get_balance,
            "GET_REGISTRANT_VERIFICATION_STATUS DOMAIN": partial(holders.ops_status, self.account),
            "SEND_REGISTRANT_VERIFICATION_EMAIL DOMAIN": partial(holders.ops_resend, self.account),
        }
        self.server = RegistrarServer(call_name, self.reply, _refused)

    def actions(self) -> list[str]:
        """What was asked for."""
        return [each["action"] for each in self.sent]

    def answers(self, call: str, code: int, text: str = "no") -> None:
        """The next call of this name is answered so, and nothing is done."""
        body = written_message(code, text)
        self.server.faults.append(HttpFault(call, "says", body))

    def reply(self, request: HttpRequest) -> HttpReply:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if request.method != "POST" or headers.get("content-type") != "text/xml":
            return HttpReply(405, b"")
        given = (headers.get("x-username"), headers.get("x-signature"))
        if given != (USERNAME, signature(request.body, PRIVATE_KEY)):
            return _answer(401, f"Authentication Error for {given[0]}")
        said = read_message(request.body)
        self.sent.append(said)
        command = self.commands.get(f"{said['action']} {said['object']}")
        if command is None or said["protocol"] != "XCP":
            return _answer(400, f"Invalid Command: {said['action']} {said['object']}")
        with self.account.lock:
            return self._done(command, said["attributes"])

    def _done(self, command: Command, sent: Sent) -> HttpReply:
        try:
            code, told = command(sent)
        except RemoteRefusal as error:
            return _answer(REFUSALS[error.reason], f"Not this one: {error}")
        except OpsRefusal as error:
            return _answer(error.code, str(error))
        except (KeyError, ValueError) as error:
            return _answer(460, f"Missing required field: {error}")
        return _answer(code, "Command successful", told)

    # Names.

    def look_up(self, sent: Sent) -> Told:
        return 210 if self.account.is_free(sent["domain"]) else 211, {"status": "told"}

    def get_price(self, sent: Sent) -> Told:
        name, period = sent["domain"], int(sent["period"])
        if sent["reg_type"] not in ("new", "renewal", "trade"):
            raise ValueError("reg_type")
        if price := self.account.premium.get(name):
            return 200, {"price": f"{price / 100:.2f}", "is_registry_premium": "1"}
        return 200, {"price": f"{period * 9.18:.2f}"}

    def suggest(self, sent: Sent) -> Told:
        if sent["services"] != ["lookup"] or not all(tld[0] == "." for tld in sent["tlds"]):
            raise ValueError("services")
        names = [sent["searchstring"] + tld for tld in sent["tlds"]]
        rows = [{"domain": each.upper(), "status": self._status(each)} for each in names]
        return 200, {"lookup": {"response_code": "0", "count": len(rows), "items": rows}}

    def _status(self, name: str) -> str:
        if name.endswith(".unreachable"):
            return "undetermined"
        return "available" if self.account.is_free(name) else "taken"

    # Orders.

    def sw_register(self, sent: Sent) -> Told:
        name, years = sent["domain"], int(sent["period"])
        self._check_order(sent)
        if not self.has_funds:
            number = str(self.account.next_number())
            self.pending[number] = name
            return 200, {"id": number, "forced_pending": "1", "registration_code": "440"}
        tld = name.partition(".")[2]
        about = {"contacts": contacts_of(sent["contact_set"], tld), "extra_fields": extra_of(sent)}
        if sent["reg_type"] == "transfer":
            if years != 1 or sent["custom_transfer_nameservers"] != "0":
                raise ValueError("period")
            held = self.account.transfer(name, sent["auth_info"], **about)
            held.years = 0
            return 200, {"id": held.number, "transfer_id": "77", "registration_code": "200"}
        if sent["reg_type"] != "new" or sent["custom_nameservers"] != "1":
            raise ValueError("reg_type")
        if name.startswith("xn--") != bool(sent.get("encoding_type")):
            raise OpsRefusal(465, "The language of an IDN is required")
        held = self.account.register(
            name,
            years,
            is_queued=tld in QUEUED_TLDS,
            nameservers=[row["name"] for row in sent["nameserver_list"]],
            is_private=sent["f_whois_privacy"] == "1",
            is_locked=sent["f_lock_domain"] == "1",
            **about,
        )
        if held.queued:
            return 250, {"queue_request_id": "4711"}
        return 200, {"id": held.number, "registration_text": "Registration successful"}

    def _check_order(self, sent: Sent) -> None:
        username, password = sent["reg_username"], sent["reg_password"]
        if not re.fullmatch(r"[a-z0-9]{3,20}", username):
            raise OpsRefusal(465, "Invalid syntax on username")
        if not re.fullmatch(r"[A-Za-z0-9]{10,20}", password):
            raise OpsRefusal(465, f"Invalid password {password}")
        if self.profiles.setdefault(username, password) != password:
            raise OpsRefusal(415, "Authentication Error: invalid password")
        if (sent["handle"], sent["auto_renew"]) != ("process", "0"):
            raise ValueError("handle")

    def process_pending(self, sent: Sent) -> Told:
        if sent["command"] != "cancel" or not self.pending.pop(sent["order_id"], ""):
            raise OpsRefusal(465, "Order cannot be cancelled")
        return 200, {"order_id": sent["order_id"]}

    def renew(self, sent: Sent) -> Told:
        held = self._owned(sent)
        if (sent["handle"], sent["auto_renew"]) != ("process", "0"):
            raise ValueError("handle")
        if int(sent["currentexpirationyear"]) < held.expiry.year:
            raise OpsRefusal(555, "Domain already renewed")
        if int(sent["currentexpirationyear"]) != held.expiry.year:
            raise OpsRefusal(541, "Expiration year does not match")
        if not self.has_funds:
            number = str(self.account.next_number())
            self.pending[number] = held.name
            return 200, {"order_id": number, "forced_pending": "1"}
        self.account.renew(held.name, int(sent["period"]))
        return 200, {"order_id": self.account.next_number(), "registration expiration date": "?"}

    def redeem(self, sent: Sent) -> Told:
        self.account.restore(sent["domain"])
        return 200, None

    # What is there.

    def _owned(self, sent: Sent) -> HeldName:
        held = self.account.find(sent["domain"])
        if held.state not in OWNED:
            raise RemoteRefusal("not_found", held.name)
        return held

    def belongs(self, sent: Sent) -> Told:
        held = self.account.names.get(sent["domain"])
        if held is None or held.state not in OWNED:
            return 200, {"belongs_to_rsp": "0"}
        return 200, {"belongs_to_rsp": "1", "domain_expdate": instant(held.expiry)}

    def get(self, sent: Sent) -> Told:
        held, kind = self._owned(sent), sent["type"]
        if kind == "all_info":
            hosts = list(enumerate(held.nameservers, 1))
            return 200, {
                "expiredate": instant(held.expiry),
                "registry_expiredate": instant(held.expiry),
                "registry_createdate": instant(held.registered),
                "auto_renew": "0",
                "let_expire": "0",
                "sponsoring_rsp": "1",
                "nameserver_list": [
                    {"sortorder": str(order), "name": name.upper(), "ipaddress": ""}
                    for order, name in reversed(hosts)
                ],
            }
        if kind == "domain_auth_info":
            if self.hides_codes:
                raise OpsRefusal(415, "Authentication Error")
            return 200, {"domain_auth_info": held.code}
        if self.has_no_status:
            raise OpsRefusal(465, f"Unknown type {kind}")
        if kind == "status":
            return 200, {"lock_state": str(int(held.is_locked)), "can_modify": "1"}
        if kind == "whois_privacy_state":
            return 200, {"state": "enabled" if held.is_private else "disabled"}
        raise OpsRefusal(465, f"Unknown type {kind}")

    def get_orders(self, sent: Sent) -> Told:
        held = self.account.names.get(sent["domain"])
        if held is None:
            return 200, {"orders": []}
        kind, status = ORDERS.get(held.state, ("new", "completed"))
        rows = [
            {"id": "40900", "type": "new", "status": "declined", "order_date": "2019-01-01"},
            {"id": str(held.number), "type": kind, "status": status, "order_date": "2026-01-01"},
            {"id": "99999", "type": "renewal", "status": "cancelled", "order_date": "2026-02-01"},
        ]
        return 200, {"orders": rows, "page_size": "40"}

    def get_deleted(self, sent: Sent) -> Told:
        datetime.fromisoformat(sent["del_from"])
        held = self.account.names.get(sent["domain"])
        if held is None or held.state != RegistrarState.REDEMPTION:
            return 200, {"total": "0"}
        day = self.account.today
        when = datetime(day.year, day.month, day.day, tzinfo=UTC)
        row = {"name": held.name, "delete_date_epoch": int(when.timestamp()), "reason": "Expired"}
        return 200, {"total": "1", "del_domains": [row]}

    def check_transfer(self, sent: Sent) -> Told:
        held = self.account.names.get(sent["domain"])
        if sent["check_status"] != "1" or held is None:
            raise ValueError("check_status")
        status, reason = TRANSFERS[held.state]
        if self.waits_for_code and status == "pending_registry":
            reason = "Waiting for a valid auth code"
        return 200, {"transferrable": "0", "status": status, "reason": reason}

    # Changes.

    def cancel_transfer(self, sent: Sent) -> Told:
        held = self.account.find(sent["domain"])
        if sent["reseller"] != USERNAME or held.state != RegistrarState.PENDING_TRANSFER:
            raise OpsRefusal(400, "Invalid Command: there is no transfer to cancel")
        held.state, held.queued = RegistrarState.TRANSFER_REFUSED, None
        return 200, {}

    def update_nameservers(self, sent: Sent) -> Told:
        held = self._owned(sent)
        if sent["op_type"] != "assign":
            raise ValueError("op_type")
        if missing := self.unknown_hosts & set(sent["assign_ns"]):
            raise OpsRefusal(436, f"Name server {missing} is not found at the registry")
        held.nameservers = list(sent["assign_ns"])
        return 200, None

    def add_nameserver(self, sent: Sent) -> Told:
        if (sent["all"], sent["tld"][:1]) != ("0", "."):
            raise ValueError("tld")
        if sent["fqdn"] not in self.unknown_hosts:
            raise OpsRefusal(485, "Nameserver already exists at the registry")
        self.unknown_hosts.remove(sent["fqdn"])
        return 200, None

    def modify(self, sent: Sent) -> Told:
        held = self._owned(sent)
        if sent["affect_domains"] != "0":
            raise ValueError("affect_domains")
        match sent["data"]:
            case "status":
                held.is_locked = {"0": False, "1": True}[sent["lock_state"]]
            case "whois_privacy_state":
                held.is_private = {"disable": False, "enable": True}[sent["state"]]
            case "domain_auth_info":
                held.code = sent["domain_auth_info"]
            case _:
                raise OpsRefusal(465, "Unknown modify type")
        return 200, {"details": {held.name: {"is_success": "1", "response_code": "200"}}}

    def update_contacts(self, sent: Sent) -> Told:
        held = self._owned(sent)
        if sorted(sent["types"]) != sorted(sent["contact_set"]):
            raise ValueError("types")
        held.contacts = contacts_of(sent["contact_set"], held.name.partition(".")[2])
        done = {"is_success": "1", "response_code": "200", "response_text": "Contact updated"}
        return 200, {"details": {held.name: done}}

    def set_dnssec(self, sent: Sent) -> Told:
        held = self._owned(sent)
        held.ds_records = {
            (*(int(row[name]) for name in ("key_tag", "algorithm", "digest_type")), row["digest"])
            for row in sent["dnssec"]
        }
        return 200, None

    def get_balance(self, sent: Sent) -> Told:
        on_hold = 1_000
        amounts = (self.account.balance + on_hold, on_hold)
        told = [f"{each // 100}.{each % 100:02}" for each in amounts]
        return 200, {"balance": told[0], "hold_balance": told[1]}


def contacts_of(people: Mapping[str, Any], tld: str) -> dict[str, dict[str, str]]:
    """Contacts that must be whole."""
    wanted = set(ROLES) - ({"billing"} if tld == "ca" else set())
    if set(people) != wanted:
        raise OpsRefusal(460, f"Missing or foreign contacts: {sorted(people)}")
    for person in people.values():
        if set(person) != CONTACT_FIELDS or not re.fullmatch(r"\+\d+\.\d+", person["phone"]):
            raise OpsRefusal(465, "Invalid contact")
    return {ROLES[role]: dict(person) for role, person in people.items()}


def extra_of(sent: Sent) -> dict[str, str]:
    return {
        name: value
        for name, value in sent.items()
        if name in ("tld_data", "tax_id", "encoding_type")
    }


def call_name(request: HttpRequest) -> str:
    """The action; of a query of a domain its type as well."""
    try:
        said = read_message(request.body)
    except (ValueError, SyntaxError):
        return ""
    kind = said["attributes"].get("type", "") if said["action"] == "GET" else ""
    return f"{said['action']} {kind}".strip()


def _answer(code: int, text: str, attributes: dict[str, Any] | None = None) -> HttpReply:
    return HttpReply(200, written_message(code, text, attributes), "text/xml")


def _refused(text: str) -> HttpReply:
    return _answer(465, text)
