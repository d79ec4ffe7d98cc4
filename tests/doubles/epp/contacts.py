"""The commands about contacts and hosts (RFC 5733, RFC 5732)."""

from tests.doubles.epp.frames import CONTACT, HOST, Element, EppError, all_texts, find, stamp
from tests.doubles.epp.registry import EppContact, EppHost, EppRegistry
from tests.doubles.epp.session import Answer, Command

DETAILS = "postalInfo voice fax email disclose".split()


def check_contacts(command: Command) -> Answer:
    known = command.registry.contacts
    cells = [
        CONTACT.cd(CONTACT.id(name, avail="0" if name in known else "1"))
        for name in all_texts(command.content, "contact:id")
    ]
    return Answer(data=CONTACT.chkData(*cells))


def contact_of(command: Command, *, own: bool = True) -> EppContact:
    """The contact that is meant. Raises ``EppError`` 2303, 2201."""
    found = command.registry.contacts.get(command.text("contact:id"))
    if found is None:
        raise EppError(2303)
    if own and found.sponsor != command.registrar:
        raise EppError(2201)
    return found


def users_of(registry: EppRegistry, contact: str) -> list[str]:
    """The names that have it in some role."""
    return [
        domain.name
        for domain in registry.domains.values()
        if domain.registrant == contact or any(one == contact for _, one in domain.contacts)
    ]


def details_of(content: Element) -> list[Element]:
    """A contact's details, to be kept one by one. Raises ``EppError`` for an address ``int`` beyond ASCII."""
    kept = [one for one in content if one.tag.rpartition("}")[2] in DETAILS]
    for one in kept:
        if one.get("type") == "int" and not "".join(one.itertext()).isascii():
            raise EppError(2005, "An international address is written in ASCII")
    return kept


def create_contact(command: Command) -> Answer:
    registry, name = command.registry, command.text("contact:id")
    if name in registry.contacts:
        raise EppError(2302)
    now = registry.now()
    registry.contacts[name] = EppContact(
        name,
        registry.roid(),
        command.registrar,
        now,
        details_of(command.content),
        command.text("contact:authInfo/contact:pw"),
    )
    return Answer(data=CONTACT.creData(CONTACT.id(name), CONTACT.crDate(stamp(now))))


def info_contact(command: Command) -> Answer:
    registry, contact = command.registry, contact_of(command)
    linked = "linked" if users_of(registry, contact.id) else "ok"
    shown = CONTACT.infData(
        CONTACT.id(contact.id), CONTACT.roid(contact.roid), CONTACT.status(s=linked)
    )
    shown.extend(copied(one) for one in contact.details if not one.tag.endswith("}disclose"))
    shown.append(CONTACT.clID(contact.sponsor))
    shown.append(CONTACT.crID(contact.sponsor))
    shown.append(CONTACT.crDate(stamp(contact.created)))
    if contact.updated:
        shown.append(CONTACT.upID(contact.sponsor))
        shown.append(CONTACT.upDate(stamp(contact.updated)))
    if registry.shows_codes:
        shown.append(CONTACT.authInfo(CONTACT.pw(contact.code)))
    shown.extend(copied(one) for one in contact.details if one.tag.endswith("}disclose"))
    return Answer(data=shown)


def copied(element: Element) -> Element:
    """The element, to stand in another document."""
    from copy import deepcopy

    return deepcopy(element)


def update_contact(command: Command) -> Answer:
    contact = contact_of(command)
    changes = find(command.content, "contact:chg")
    if changes is not None:
        new = details_of(changes)
        replaced = {one.tag for one in new}
        kept = [one for one in contact.details if one.tag not in replaced]
        order = {name: place for place, name in enumerate(DETAILS)}
        contact.details = sorted([*kept, *new], key=lambda one: order[one.tag.rpartition("}")[2]])
        contact.updated = command.registry.now()
    return Answer()


def delete_contact(command: Command) -> Answer:
    contact = contact_of(command)
    if users_of(command.registry, contact.id):
        raise EppError(2305)
    del command.registry.contacts[contact.id]
    return Answer()


def check_hosts(command: Command) -> Answer:
    known = command.registry.hosts
    cells = [
        HOST.cd(HOST.name(name, avail="0" if name.lower() in known else "1"))
        for name in all_texts(command.content, "host:name")
    ]
    return Answer(data=HOST.chkData(*cells))


def host_of(command: Command, *, own: bool = True) -> EppHost:
    """The host that is meant. Raises ``EppError`` 2303, 2201."""
    found = command.registry.hosts.get(command.text("host:name").lower())
    if found is None:
        raise EppError(2303)
    if own and found.sponsor != command.registrar:
        raise EppError(2201)
    return found


def addresses_of(content: Element) -> list[tuple[str, str]]:
    return [(one.text, one.get("ip", "v4")) for one in content.findall("{*}addr")]


def create_host(command: Command) -> Answer:
    registry, name = command.registry, command.text("host:name").lower()
    if name in registry.hosts:
        raise EppError(2302)
    addresses = addresses_of(command.content)
    if any(name.endswith(f".{tld}") for tld in registry.tlds):
        above = next(
            (own for own in registry.domains.values() if name.endswith(f".{own.name}")), None
        )
        if above is None:
            raise EppError(2303, "There is no name above this host")
        if above.sponsor != command.registrar:
            raise EppError(2201)
        if not addresses:
            raise EppError(2003, "A host of this registry has an address")
    elif addresses:
        raise EppError(2306, "A host elsewhere has no address here")
    now = registry.now()
    registry.hosts[name] = EppHost(name, registry.roid(), command.registrar, now, addresses)
    return Answer(data=HOST.creData(HOST.name(name), HOST.crDate(stamp(now))))


def info_host(command: Command) -> Answer:
    host = host_of(command, own=False)
    used = any(host.name in domain.hosts for domain in command.registry.domains.values())
    shown = HOST.infData(
        HOST.name(host.name), HOST.roid(host.roid), HOST.status(s="linked" if used else "ok")
    )
    shown.extend(HOST.addr(ip, ip=kind) for ip, kind in host.addresses)
    shown.append(HOST.clID(host.sponsor))
    shown.append(HOST.crID(host.sponsor))
    shown.append(HOST.crDate(stamp(host.created)))
    return Answer(data=shown)


def update_host(command: Command) -> Answer:
    host = host_of(command)
    for part, keep in (("rem", False), ("add", True)):
        change = find(command.content, f"host:{part}")
        for address in () if change is None else addresses_of(change):
            if (address in host.addresses) is keep:
                raise EppError(2306)
            if keep:
                host.addresses.append(address)
            else:
                host.addresses.remove(address)
    return Answer()


def delete_host(command: Command) -> Answer:
    host = host_of(command)
    if any(host.name in domain.hosts for domain in command.registry.domains.values()):
        raise EppError(2305)
    del command.registry.hosts[host.name]
    return Answer()
