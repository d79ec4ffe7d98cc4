"""The pages on which names are sold, in a real browser: no axe violation, no sideways scrolling."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from commerce.domains.actions.tlds import set_tld
from tests.doubles.registrar import RemoteRegistry
from tests.make.browser import make_browser
from tests.make.names import CTX, names_on_sale, sell_tld
from tests.make.real_browser import fetched, page_faults
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.browser


@pytest.fixture
def remote(db: None) -> Iterator[RemoteRegistry]:
    with names_on_sale("com", "net", "org", "shop", "io") as registry:
        sell_tld("xn--p1ai", min_years=2)
        sell_tld("co.uk", transfer=None, restore=None, register=123456789)
        sell_tld("none", register=None, transfer=None)
        registry.taken |= {"word.net", "word.co.uk", "word.org", f"{'long' * 15}.com"}
        registry.premium.add("word.shop")
        yield registry


PATHS = {
    "domains": "/domains",
    "domains-filtered": "/domains?tld=o&sort=-register",
    "domains-nothing": "/domains?tld=zz",
    "search": "/domain-search?q=word.com",
    "search-unsold": "/domain-search?q=word.zz",
    "search-long": f"/domain-search?q={'long' * 15}",
    "search-several": "/domain-search?q=one.com%0Aword.net%0Ano+name",
    "search-refused": "/domain-search?q=-",
    "search-live": "/domain-search?q=live.com&live=1",
    "transfer": "/domains/transfer?domain=word.net",
    "transfer-free": "/domains/transfer?domain=free.com",
    "landing": "/",
}


def test_what_a_stranger_sees(remote: RemoteRegistry) -> None:
    web = make_browser()
    remote.is_down = True
    unknown = fetched(web, ["/domain-search?q=down"])
    remote.is_down = False
    paths = [path for path in PATHS.values() if path != "/"]
    answers = unknown | fetched(web, paths[:8])
    other = make_browser()
    answers |= {path: other.get(path, REMOTE_ADDR="203.0.113.9") for path in [*paths[8:], "/"]}
    (first, *_) = re.findall(
        r'<ul [^>]*hx-get="([^"]+)"', answers[PATHS["search-live"]].content.decode()
    )
    answers["/domain-search/rows"] = other.get(unescape(first))
    assert {path: one.status_code for path, one in answers.items() if one.status_code != 200} == {
        "/domain-search?q=-": 422
    }
    assert page_faults(answers, PATHS | {"search-down": "/domain-search?q=down"}) == []


def test_a_cart_of_names_alone(cast: PortalCast, remote: RemoteRegistry) -> None:
    set_tld(tld="com", extra_fields=[], ctx=CTX)
    web = cast.browse(cast.alice)
    web.post("/domains/add", {"domain": ["word.com", f"{'long' * 14}.io"]})
    web.post("/domains/transfer", {"domain": "word.net"})
    web.post("/domains/transfer", {"domain": "word.org", "auth_code": "x"})
    names = {"cart": "/cart", "checkout": "/checkout", "search-member": "/domain-search?q=word"}
    facts = [f"/domains/transfer/facts?domain={name}" for name in ("word.net", "word.org")]
    assert page_faults(fetched(web, [*names.values(), *facts]), names) == []
