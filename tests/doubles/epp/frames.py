"""Frames: their names, how they are judged by the RFCs' schemas, and how answers are written."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker

from tests.house.source import ROOT

SCHEMAS = ROOT / ".venv" / "epp-schemas"
URN = "urn:ietf:params:xml:ns:"
NAMESPACES = {
    "epp": f"{URN}epp-1.0",
    "eppcom": f"{URN}eppcom-1.0",
    "domain": f"{URN}domain-1.0",
    "host": f"{URN}host-1.0",
    "contact": f"{URN}contact-1.0",
    "secDNS": f"{URN}secDNS-1.1",
    "rgp": f"{URN}rgp-1.0",
    "fee": f"{URN}epp:fee-1.0",
    "loginSec": f"{URN}epp:loginSec-1.0",
    "idnLang": "http://www.verisign.com/epp/idnLang-1.0",
    "idn": f"{URN}idn-1.0",
}
WITHOUT_SCHEMA = ("idnLang", "idn")
"""What no RFC has a schema of."""
OBJECTS = ("domain", "contact", "host")
EXTENSIONS = ("secDNS", "rgp", "fee", "loginSec")
PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()}

EPP = ElementMaker(namespace=NAMESPACES["epp"], nsmap={None: NAMESPACES["epp"]})
MAKERS = {
    prefix: ElementMaker(namespace=uri, nsmap={prefix: uri}) for prefix, uri in NAMESPACES.items()
}
DOMAIN, CONTACT, HOST = MAKERS["domain"], MAKERS["contact"], MAKERS["host"]
RGP, FEE, SECDNS = MAKERS["rgp"], MAKERS["fee"], MAKERS["secDNS"]

type Element = Any

MESSAGES = {
    1000: "Command completed successfully",
    1001: "Command completed successfully; action pending",
    1300: "Command completed successfully; no messages",
    1301: "Command completed successfully; ack to dequeue",
    1500: "Command completed successfully; ending session",
    2001: "Command syntax error",
    2002: "Command use error",
    2003: "Required parameter missing",
    2004: "Parameter value range error",
    2005: "Parameter value syntax error",
    2101: "Unimplemented command",
    2103: "Unimplemented extension",
    2104: "Billing failure",
    2105: "Object is not eligible for renewal",
    2106: "Object is not eligible for transfer",
    2200: "Authentication error",
    2201: "Authorization error",
    2202: "Invalid authorization information",
    2300: "Object pending transfer",
    2301: "Object not pending transfer",
    2302: "Object exists",
    2303: "Object does not exist",
    2304: "Object status prohibits operation",
    2305: "Object association prohibits operation",
    2306: "Parameter value policy error",
    2307: "Unimplemented object service",
    2308: "Data management policy violation",
    2400: "Command failed",
    2500: "Command failed; server closing connection",
    2501: "Authentication error; server closing connection",
    2502: "Session limit exceeded; server closing connection",
}


class EppError(Exception):
    """The command is refused: its code, and what is said besides."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


@cache
def schema() -> "etree.XMLSchema | None":
    """The RFCs' schemas as one; ``None`` where ``make .venv/.epp-schemas`` has not brought them."""
    if not SCHEMAS.is_dir():
        return None
    xsd = ElementMaker(namespace="http://www.w3.org/2001/XMLSchema")
    imports = [
        xsd("import", namespace=uri, schemaLocation=f"{uri.rpartition(':')[2]}.xsd")
        for prefix, uri in NAMESPACES.items()
        if prefix not in WITHOUT_SCHEMA
    ]
    whole = etree.ElementTree(xsd.schema(*imports))
    # What is imported is found beside the document, so it needs a place of its own.
    whole_file = SCHEMAS / "all.xsd"
    return etree.XMLSchema(etree.fromstring(etree.tostring(whole), base_url=str(whole_file)))


def mistakes_in(frame: Element) -> str:
    """What the schemas find wrong with a frame; empty if they find it right."""
    judge = schema()
    if judge is None or judge.validate(_judged(frame)):
        return ""
    return "; ".join(entry.message for entry in judge.error_log)


def _judged(frame: Element) -> Element:
    """The frame without what no schema knows."""
    known = deepcopy(frame)
    for extension in list(known.iter(f"{{{NAMESPACES['epp']}}}extension")):
        for each in list(extension):
            if each.tag[1:].partition("}")[0] in [NAMESPACES[one] for one in WITHOUT_SCHEMA]:
                extension.remove(each)
        if not len(extension):
            extension.getparent().remove(extension)
    return known


def read_frame(body: bytes) -> Element:
    """The root of what a client sent. Raises ``EppError`` for what is no frame."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_blank_text=True, remove_comments=True
    )
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise EppError(2001, str(error)) from None


def text_of(element: Element, path: str, default: str = "") -> str:
    """The text at a path whose steps have prefixes."""
    found = element.findtext(path, None, NAMESPACES)
    return default if found is None else found.strip()


def all_texts(element: Element, path: str) -> list[str]:
    """All texts at a path."""
    return [(one.text or "").strip() for one in element.findall(path, NAMESPACES)]


def find(element: Element, path: str) -> Element:
    """The element at a path, or ``None``."""
    return element.find(path, NAMESPACES)


def stamp(moment: datetime) -> str:
    """A moment as EPP writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0Z")


def greeting(services: Iterable[str], extensions: Iterable[str], now: datetime) -> Element:
    """What the server says first."""
    offered = [EPP.objURI(NAMESPACES[name]) for name in services]
    further = [EPP.extURI(NAMESPACES[name]) for name in extensions]
    menu = EPP.svcMenu(EPP.version("1.0"), EPP.lang("en"), *offered)
    if further:
        menu.append(EPP.svcExtension(*further))
    policy = EPP.dcp(
        EPP.access(EPP.all()),
        EPP.statement(
            EPP.purpose(EPP.admin(), EPP.prov()),
            EPP.recipient(EPP.ours(), EPP.public()),
            EPP.retention(EPP.stated()),
        ),
    )
    return EPP.epp(EPP.greeting(EPP.svID("Test registry"), EPP.svDate(stamp(now)), menu, policy))


def response(
    code: int,
    *,
    ids: tuple[str, str],
    reason: str = "",
    queue: Element = None,
    data: Element = None,
    extensions: Iterable[Element] = (),
) -> Element:
    """An answer; ``ids``: the client's, if it sent one, and the server's."""
    result = EPP.result(EPP.msg(MESSAGES[code]), code=str(code))
    if reason:
        result.append(EPP.extValue(EPP.value(EPP.undef()), EPP.reason(reason)))
    answer = EPP.response(result)
    if queue is not None:
        answer.append(queue)
    if data is not None:
        answer.append(EPP.resData(data))
    further = list(extensions)
    if further:
        answer.append(EPP.extension(*further))
    client, server = ids
    numbers = EPP.trID(EPP.clTRID(client)) if client else EPP.trID()
    numbers.append(EPP.svTRID(server))
    answer.append(numbers)
    return EPP.epp(answer)


def written(frame: Element) -> bytes:
    """The frame's bytes, without their length."""
    made: bytes = etree.tostring(frame, xml_declaration=True, encoding="UTF-8", standalone=False)
    return made
