"""The commands about names (RFC 5731), and what extends them (RFC 3915, 5910, 8748)."""

import re
from datetime import datetime, timedelta

from tests.doubles.epp.domain_answers import (
    charged,
    fees_shown,
    info_data,
    info_extensions,
    transfer_data,
)
from tests.doubles.epp.frames import (
    DOMAIN,
    Element,
    EppError,
    all_texts,
    find,
    stamp,
    text_of,
)
from tests.doubles.epp.registry import (
    ADD_PERIOD,
    LONGEST_YEARS,
    TRANSFER_DAYS,
    EppDomain,
    EppTransfer,
    add_years,
)
from tests.doubles.epp.session import Answer, Command, agreed_fee

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
UNTOUCHABLE = "serverUpdateProhibited pendingDelete pendingCreate pendingTransfer".split()


def check(command: Command) -> Answer:
    registry = command.registry
    asked_for = [name.lower() for name in all_texts(command.content, "domain:name")]
    silent = tuple(f".{tld}" for tld in registry.silent_tlds)
    names = [name for name in asked_for if not silent or not name.endswith(silent)]
    cells = []
    for name in names:
        free = name not in registry.domains and not wrong_name(command, name)
        shown = DOMAIN.cd(DOMAIN.name(name, avail="1" if free else "0"))
        if not free:
            shown.append(DOMAIN.reason(wrong_name(command, name) or "In use"))
        cells.append(shown)
    answer = Answer(data=DOMAIN.chkData(*cells))
    asked = command.extended("fee:check")
    if asked is not None:
        commands = asked.findall("{*}command")
        answer.extensions.append(
            fees_shown(registry, names, commands, text_of(asked, "fee:currency"))
        )
    return answer


def wrong_name(command: Command, name: str) -> str:
    """What is wrong with a name; empty if nothing is."""
    tld = next((tld for tld in command.registry.tlds if name.endswith(f".{tld}")), "")
    if not tld:
        return "Not of this registry"
    return "" if NAME.fullmatch(name.removesuffix(f".{tld}")) else "No name"


def info(command: Command) -> Answer:
    domain = command.registry.domain(command.text("domain:name"))
    code = command.text("domain:authInfo/domain:pw")
    if code and code != domain.code:
        raise EppError(2202)
    in_full = bool(code) or domain.sponsor == command.registrar
    if not in_full and not command.registry.shows_names_of_others:
        raise EppError(2201)
    return Answer(
        data=info_data(command.registry, domain, in_full=in_full),
        extensions=info_extensions(domain, command.session.extensions),
    )


def create(command: Command) -> Answer:
    registry, name = command.registry, command.text("domain:name").lower()
    if reason := wrong_name(command, name):
        raise EppError(2306, reason)
    if name in registry.domains:
        raise EppError(2302)
    years = years_of(command.content)
    code = command.text("domain:authInfo/domain:pw")
    if len(code) < 6:
        raise EppError(2306, "The authorisation code is too short")
    contacts = contacts_of(command, command.content)
    registrant = command.text("domain:registrant")
    if "contact" in registry.services and not registrant:
        raise EppError(2003, "A name has a registrant")
    check_contact(command, registrant)
    hosts = hosts_of(command, command.content)
    signers = signers_of(command, command.extended("secDNS:create"))
    language = language_of(command, name)
    fee = agreed_fee(command, "create", name, years)
    registry.charge(command.registrar, "create", name, years)
    now = registry.now()
    domain = EppDomain(
        name,
        registry.roid(),
        command.registrar,
        command.registrar,
        now,
        add_years(now, years),
        code,
        registrant=registrant,
        contacts=contacts,
        hosts=hosts,
        signers=signers,
        rgp={"addPeriod": now + ADD_PERIOD},
        language=language,
    )
    registry.domains[name] = domain
    answer = Answer(
        data=DOMAIN.creData(
            DOMAIN.name(name), DOMAIN.crDate(stamp(now)), DOMAIN.exDate(stamp(domain.expires))
        )
    )
    if registry.queues_creates:
        domain.statuses.add("pendingCreate")
        answer.code = 1001
    if fee is not None:
        answer.extensions.append(charged("creData", fee, registry))
    return answer


def language_of(command: Command, name: str) -> str:
    """What a name with letters of its own says where there is an extension for that. Raises ``EppError`` without."""
    tag, data = command.extended("idnLang:tag"), command.extended("idn:data")
    said = "" if tag is None else str(tag.text)
    if data is not None:
        said = f"{text_of(data, 'idn:table')} {text_of(data, 'idn:uname')}"
    is_asked = bool({"idnLang", "idn"} & set(command.registry.extensions))
    if name.startswith("xn--") and is_asked and not said:
        raise EppError(2003, "The language is missing")
    return said


def years_of(content: Element) -> int:
    """The term that was asked for. Raises ``EppError`` for one of months or of more years than there are."""
    period = find(content, "domain:period")
    if period is None:
        return 1
    if period.get("unit") != "y" or int(period.text) > LONGEST_YEARS:
        raise EppError(2004, "The period is of 1 to 10 years")
    return int(period.text)


def contacts_of(command: Command, content: Element) -> set[tuple[str, str]]:
    """Contacts by role. Raises ``EppError`` 2303 for one that there is not."""
    found = content.findall("{*}contact")
    for contact in found:
        check_contact(command, contact.text)
    return {(contact.get("type"), contact.text) for contact in found}


def check_contact(command: Command, contact: str) -> None:
    """Raises ``EppError`` for a contact that there is not, or that another one sponsors."""
    if not contact:
        return
    known = command.registry.contacts.get(contact)
    if known is None:
        raise EppError(2303, f"There is no contact {contact}")
    if known.sponsor != command.registrar:
        raise EppError(2201, f"{contact} is not your contact")


def hosts_of(command: Command, content: Element) -> dict[str, list[tuple[str, str]]]:
    """Nameservers by name. Raises ``EppError`` for an object that there is not, or the other way to give them."""
    registry, found = command.registry, {}
    objects = "host" in registry.services
    for host in content.findall("{*}ns/{*}hostObj"):
        name = host.text.lower()
        if not objects:
            raise EppError(2306, "Nameservers are attributes here")
        if name not in registry.hosts:
            raise EppError(2303, f"There is no host {name}")
        found[name] = []
    for host in content.findall("{*}ns/{*}hostAttr"):
        if objects:
            raise EppError(2306, "Nameservers are objects here")
        addresses = [(one.text, one.get("ip", "v4")) for one in host.findall("{*}hostAddr")]
        found[host.findtext("{*}hostName").lower()] = addresses
    return found


def signers_of(command: Command, given: Element) -> list[tuple[str, str, str, str]]:
    """Delegation signers. Raises ``EppError`` for keys: this registry takes digests."""
    if given is None:
        return []
    if given.findall("{*}keyData"):
        raise EppError(2306, "Delegation signers are given as digests here")
    return [
        tuple(
            signer.findtext(f"{{*}}{part}").upper()
            for part in "keyTag alg digestType digest".split()
        )
        for signer in given.findall("{*}dsData")
    ]  # type: ignore[misc]


def update(command: Command) -> Answer:
    registry = command.registry
    domain = registry.own_domain(command.text("domain:name"), command.registrar)
    restoring = command.extended("rgp:update")
    if restoring is not None:
        return restore(command, domain, restoring)
    wanted = find(command.content, "domain:rem")
    frees = wanted is not None and "clientUpdateProhibited" in statuses_of(wanted)
    hindering = {*UNTOUCHABLE, *(() if frees else ("clientUpdateProhibited",))}
    if hindering & set(domain.shown_statuses()):
        raise EppError(2304)
    # All is looked at before anything changes.
    adds, removes = find(command.content, "domain:add"), wanted
    changes = find(command.content, "domain:chg")
    contacts, hosts = set(domain.contacts), dict(domain.hosts)
    statuses = set(domain.statuses)
    if removes is not None:
        contacts -= expect(contacts_named(removes), contacts, there=True)
        for name in expect(hosts_named(removes), set(hosts), there=True):
            del hosts[name]
        statuses -= expect(statuses_of(removes), statuses, there=True)
    if adds is not None:
        contacts |= expect(contacts_of(command, adds), contacts, there=False)
        expect(hosts_named(adds), set(hosts), there=False)
        hosts |= hosts_of(command, adds)
        statuses |= expect(statuses_of(adds), statuses, there=False)
    signers = changed_signers(command, domain)
    if changes is not None:
        if registrant := text_of(changes, "domain:registrant"):
            check_contact(command, registrant)
            domain.registrant = registrant
        domain.code = text_of(changes, "domain:authInfo/domain:pw", domain.code)
    domain.contacts, domain.hosts, domain.statuses = contacts, hosts, statuses
    domain.signers = signers
    domain.updated, domain.updater = registry.now(), command.registrar
    return Answer()


def expect[T](given: set[T], known: set[T], *, there: bool) -> set[T]:
    """What was given, if all of it is there, or none. Raises ``EppError`` 2306."""
    if (given - known) if there else (given & known):
        raise EppError(2306, "Not there" if there else "There already")
    return given


def contacts_named(content: Element) -> set[tuple[str, str]]:
    return {(contact.get("type"), contact.text) for contact in content.findall("{*}contact")}


def hosts_named(content: Element) -> set[str]:
    names = content.findall("{*}ns/{*}hostObj") + content.findall("{*}ns/{*}hostAttr/{*}hostName")
    return {name.text.lower() for name in names}


def statuses_of(content: Element) -> set[str]:
    """Statuses of a change. Raises ``EppError`` for those that only the registry sets."""
    found = {status.get("s") for status in content.findall("{*}status")}
    if any(not status.startswith("client") for status in found):
        raise EppError(2306, "Only the registry sets this")
    return found


def changed_signers(command: Command, domain: EppDomain) -> list[tuple[str, str, str, str]]:
    """The signers after a change: first some or all go, then others come (RFC 5910)."""
    asked = command.extended("secDNS:update")
    signers = list(domain.signers)
    if asked is None:
        return signers
    removes = find(asked, "secDNS:rem")
    if removes is not None and text_of(removes, "secDNS:all") in ("true", "1"):
        signers = []
    elif removes is not None:
        gone = expect(set(signers_of(command, removes)), set(signers), there=True)
        signers = [signer for signer in signers if signer not in gone]
    adds = signers_of(command, find(asked, "secDNS:add"))
    expect(set(adds), set(signers), there=False)
    return [*signers, *adds]


def restore(command: Command, domain: EppDomain, asked: Element) -> Answer:
    """Bring a name back from redemption, at once or after a report (RFC 3915)."""
    from tests.doubles.epp.frames import RGP

    registry = command.registry
    if find(command.content, "domain:chg") is None:
        raise EppError(2003, "A restore has an empty change")
    wanted = find(asked, "rgp:restore")
    if wanted.get("op") == "request":
        if "redemptionPeriod" not in domain.rgp:
            raise EppError(2304)
        fee = agreed_fee(command, "update", domain.name)
        registry.charge(command.registrar, "restore", domain.name)
        if registry.wants_restore_report:
            domain.rgp = {"pendingRestore": registry.now() + timedelta(days=7)}
            return Answer(extensions=[RGP.upData(RGP.rgpStatus(s="pendingRestore"))])
        del fee
    elif "pendingRestore" not in domain.rgp or find(wanted, "rgp:report") is None:
        raise EppError(2304)
    domain.rgp = {}
    domain.statuses -= {"pendingDelete"}
    domain.updated, domain.updater = registry.now(), command.registrar
    return Answer()


def delete(command: Command) -> Answer:
    registry = command.registry
    domain = registry.own_domain(command.text("domain:name"), command.registrar)
    if {"clientDeleteProhibited", "pendingDelete", "pendingTransfer"} & set(
        domain.shown_statuses()
    ):
        raise EppError(2304)
    if list(registry.subordinates(domain.name)):
        raise EppError(2305)
    if "addPeriod" in domain.rgp:
        del registry.domains[domain.name]
        return Answer()
    registry.delete(domain.name)
    return Answer(1001)


def renew(command: Command) -> Answer:
    registry = command.registry
    domain = registry.own_domain(command.text("domain:name"), command.registrar)
    if {"clientRenewProhibited", "pendingDelete", "pendingTransfer"} & set(domain.shown_statuses()):
        raise EppError(2304)
    if command.text("domain:curExpDate") != f"{domain.expires:%Y-%m-%d}":
        raise EppError(2004, "That is not its expiry")
    years = years_of(command.content)
    expires: datetime = add_years(domain.expires, years)
    if expires > add_years(registry.now(), LONGEST_YEARS):
        raise EppError(2105)
    fee = agreed_fee(command, "renew", domain.name, years)
    registry.charge(command.registrar, "renew", domain.name, years)
    domain.expires = expires
    domain.rgp["renewPeriod"] = registry.now() + ADD_PERIOD
    data = DOMAIN.renData(DOMAIN.name(domain.name), DOMAIN.exDate(stamp(expires)))
    extensions = [] if fee is None else [charged("renData", fee, registry)]
    return Answer(data=data, extensions=extensions)


def transfer(command: Command) -> Answer:
    domain = command.registry.domain(command.text("domain:name"))
    running = domain.transfer is not None and domain.transfer.status == "pending"
    if command.operation == "request":
        return request_transfer(command, domain, running=running)
    if domain.transfer is None:
        raise EppError(2301)
    if command.registrar not in (domain.transfer.asked_by, domain.transfer.losing):
        raise EppError(2201)
    if command.operation == "query":
        return Answer(data=transfer_data(domain))
    if not running:
        raise EppError(2301)
    may = domain.transfer.asked_by if command.operation == "cancel" else domain.transfer.losing
    if command.registrar != may:
        raise EppError(2201)
    ends = {"cancel": "clientCancelled", "approve": "clientApproved", "reject": "clientRejected"}
    command.registry.end_transfer(domain, ends[command.operation])
    return Answer(data=transfer_data(domain))


def request_transfer(command: Command, domain: EppDomain, *, running: bool) -> Answer:
    registry = command.registry
    if domain.sponsor == command.registrar:
        raise EppError(2106, "It is yours")
    code = command.text("domain:authInfo/domain:pw")
    if not code:
        raise EppError(2003)
    if code != domain.code:
        raise EppError(2202)
    if running:
        raise EppError(2300)
    if {"clientTransferProhibited", "pendingDelete"} & set(domain.shown_statuses()):
        raise EppError(2304)
    if registry.now() < domain.created + timedelta(days=60):
        raise EppError(2106, "It is too young")
    fee = agreed_fee(command, "transfer", domain.name)
    left = registry.funds.get(command.registrar)
    if left is not None and left < registry.price:
        raise EppError(2104)
    now = registry.now()
    domain.transfer = EppTransfer(
        "pending", command.registrar, now, domain.sponsor, now + TRANSFER_DAYS
    )
    extensions = [] if fee is None else [charged("trnData", fee, registry)]
    if registry.transfers_at_once:
        registry.end_transfer(domain, "serverApproved")
        return Answer(data=transfer_data(domain), extensions=extensions)
    registry.tell(domain.sponsor, "Transfer: pending", transfer_data(domain))
    return Answer(1001, data=transfer_data(domain), extensions=extensions)
