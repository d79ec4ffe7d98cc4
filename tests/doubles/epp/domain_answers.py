"""How the registry shows names."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from tests.doubles.epp.frames import DOMAIN, FEE, RGP, SECDNS, Element, stamp
from tests.doubles.epp.registry import EppDomain, EppRegistry


def hosts_shown(registry: EppRegistry, hosts: dict[str, list[tuple[str, str]]]) -> Element:
    """The nameservers, as this registry keeps them: objects, or attributes of the name."""
    if "host" in registry.services:
        return DOMAIN.ns(*(DOMAIN.hostObj(name) for name in sorted(hosts)))
    return DOMAIN.ns(
        *(
            DOMAIN.hostAttr(
                DOMAIN.hostName(name), *(DOMAIN.hostAddr(ip, ip=kind) for ip, kind in addresses)
            )
            for name, addresses in sorted(hosts.items())
        )
    )


def info_data(registry: EppRegistry, domain: EppDomain, *, in_full: bool) -> Element:
    """What is told of a name: everything to its sponsor and to who has its code."""
    shown = DOMAIN.infData(DOMAIN.name(domain.name), DOMAIN.roid(domain.roid))
    for status in domain.shown_statuses():
        shown.append(DOMAIN.status(s=status))
    if domain.registrant:
        shown.append(DOMAIN.registrant(domain.registrant))
    for role, contact in sorted(domain.contacts):
        shown.append(DOMAIN.contact(contact, type=role))
    if domain.hosts:
        shown.append(hosts_shown(registry, domain.hosts))
    for host in sorted(registry.subordinates(domain.name)):
        shown.append(DOMAIN.host(host))
    shown.append(DOMAIN.clID(domain.sponsor))
    shown.append(DOMAIN.crID(domain.creator))
    shown.append(DOMAIN.crDate(stamp(domain.created)))
    if domain.updated:
        shown.append(DOMAIN.upID(domain.updater or domain.sponsor))
        shown.append(DOMAIN.upDate(stamp(domain.updated)))
    shown.append(DOMAIN.exDate(stamp(domain.expires)))
    if domain.transferred:
        shown.append(DOMAIN.trDate(stamp(domain.transferred)))
    if in_full and registry.shows_codes:
        shown.append(DOMAIN.authInfo(DOMAIN.pw(domain.code)))
    return shown


def info_extensions(domain: EppDomain, announced: Collection[str]) -> list[Element]:
    """Its grace periods and its signers, for who has said to understand them."""
    shown = []
    if "rgp" in announced and domain.rgp:
        periods = (RGP.rgpStatus(s=period) for period in sorted(domain.rgp))
        shown.append(RGP.infData(*periods))
    if "secDNS" in announced and domain.signers:
        shown.append(SECDNS.infData(*(signer_shown(signer) for signer in domain.signers)))
    return shown


def signer_shown(signer: tuple[str, str, str, str]) -> Element:
    """A delegation signer."""
    tag, algorithm, kind, digest = signer
    return SECDNS.dsData(
        SECDNS.keyTag(tag), SECDNS.alg(algorithm), SECDNS.digestType(kind), SECDNS.digest(digest)
    )


def transfer_data(domain: EppDomain) -> Element:
    """The newest transfer of a name."""
    transfer = domain.transfer
    assert transfer is not None
    return DOMAIN.trnData(
        DOMAIN.name(domain.name),
        DOMAIN.trStatus(transfer.status),
        DOMAIN.reID(transfer.asked_by),
        DOMAIN.reDate(stamp(transfer.asked)),
        DOMAIN.acID(transfer.losing),
        DOMAIN.acDate(stamp(transfer.until)),
        DOMAIN.exDate(stamp(domain.expires)),
    )


def fees_shown(
    registry: EppRegistry, names: Iterable[str], commands: Iterable[Element], currency: str
) -> Element:
    """What the operations cost that were asked for (RFC 8748)."""
    shown = FEE.chkData(FEE.currency(registry.currency))
    asked = list(commands)
    for name in names:
        if currency and currency != registry.currency:
            shown.append(FEE.cd(FEE.objID(name), FEE.reason("Not in this currency"), avail="0"))
            continue
        priced = FEE.cd(FEE.objID(name), avail="1")
        if name in registry.premium:
            priced.append(FEE("class", "premium"))
        for command in asked:
            years = int(command.findtext("{*}period") or 1)
            fee = registry.premium.get(name, registry.price) * years
            told = FEE.command(
                FEE.period(str(years), unit="y"), FEE.fee(money(fee)), name=command.get("name")
            )
            if name not in registry.premium:
                told.set("standard", "1")
            priced.append(told)
        shown.append(priced)
    return shown


def charged(element: str, amount: Decimal, registry: EppRegistry) -> Element:
    """What was charged, in the answer of a command that agreed to a fee."""
    return FEE(element, FEE.currency(registry.currency), FEE.fee(money(amount)))


def money(amount: Decimal) -> str:
    """An amount as the extension writes it."""
    return f"{amount:.2f}"
