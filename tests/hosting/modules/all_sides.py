"""Each module with a panel, with the other end of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import parse_qs, urlsplit

from commerce.hosting.modules.contract import Account
from commerce.hosting.modules.cpanel.module import CpanelModule
from commerce.hosting.modules.directadmin.module import DirectAdminModule
from commerce.hosting.modules.opterius.module import OpteriusModule
from commerce.hosting.modules.plesk.module import PleskModule
from tests.doubles.panels import cpanel, directadmin, opterius, plesk
from tests.hosting.modules.modoboa_side import modoboa_side
from tests.hosting.modules.proxmox_side import proxmox_side
from tests.hosting.modules.sides import DoubleSide, PanelSide


class CpanelSide(DoubleSide):
    id = "cpanel"
    settings = {"username": cpanel.USERNAME, "api_token": cpanel.API_TOKEN}
    secret_fields = ("api_token",)
    module_class = CpanelModule
    names = {
        "create": "createacct",
        "find": "accountsummary",
        "info": "accountsummary",
        "suspend": "suspendacct",
        "resume": "unsuspendacct",
        "terminate": "removeacct",
        "change_package": "changepackage",
        "set_password": "passwd",
        "login_url": "create_user_session",
        "usage": "uapi_cpanel",
        "list_accounts": "listaccts",
        "test": "version",
    }

    def __init__(self, double: cpanel.CpanelDouble) -> None:
        super().__init__(double.server, double.accounts)
        self.double = double

    def signs_in(self, url: str) -> str:
        return self.double.sessions[parse_qs(urlsplit(url).query)["session"][0]]


class DirectAdminSide(DoubleSide):
    id = "directadmin"
    settings = {"username": directadmin.USERNAME, "login_key": directadmin.LOGIN_KEY}
    secret_fields = ("login_key",)
    module_class = DirectAdminModule
    names = {
        "create": "CMD_API_ACCOUNT_USER",
        "find": "config",
        "info": "config",
        "suspend": "switch",
        "resume": "switch",
        "terminate": "delete",
        "change_package": "CMD_API_MODIFY_USER",
        "set_password": "CMD_API_USER_PASSWD",
        "login_url": "urls",
        "usage": "usage",
        "list_accounts": "CMD_API_ALL_USER_USAGE",
        "test": "CMD_API_LOGIN_TEST",
    }

    def __init__(self, double: directadmin.DirectAdminDouble) -> None:
        super().__init__(double.server, double.accounts)
        self.double = double

    def signs_in(self, url: str) -> str:
        return self.double.links[parse_qs(urlsplit(url).query)["key"][0]]


class PleskSide(DoubleSide):
    id = "plesk"
    settings = {"api_key": plesk.API_KEY}
    secret_fields = ("api_key",)
    module_class = PleskModule
    names = {
        "create": "POST domains",
        "find": "xml webspace",
        "info": "xml webspace",
        "suspend": "PUT domains/#/status",
        "resume": "PUT domains/#/status",
        "terminate": "DELETE domains/#",
        "change_package": "switch-plan",
        "set_password": "passwd",
        "login_url": "xml create_session",
        "usage": "xml webspace",
        "list_accounts": "xml webspace",
        "test": "GET server",
    }

    def __init__(self, double: plesk.PleskDouble) -> None:
        super().__init__(double.server, double.accounts)
        self.double = double

    def hold_strangers(self, wanted: Account) -> None:
        super().hold_strangers(wanted)
        self.double.new_customer(wanted.username, "somebody-elses-key")

    def signs_in(self, url: str) -> str:
        return self.double.sessions[parse_qs(urlsplit(url).query)["PLESKSESSID"][0]][0]


class OpteriusSide(DoubleSide):
    id = "opterius"
    settings = {"api_token": opterius.API_TOKEN}
    secret_fields = ("api_token",)
    module_class = OpteriusModule
    names = {
        "create": "POST accounts",
        "info": "GET account",
        "suspend": "POST suspend",
        "resume": "POST unsuspend",
        "terminate": "DELETE account",
        "test": "GET stats",
    }

    def __init__(self, double: opterius.OpteriusDouble) -> None:
        super().__init__(double.server, double.accounts)
        self.double = double

    def signs_in(self, url: str) -> str:
        raise AssertionError(url)


@contextmanager
def cpanel_side() -> Iterator[PanelSide]:
    double = cpanel.CpanelDouble()
    try:
        yield CpanelSide(double)
    finally:
        double.server.end()


@contextmanager
def directadmin_side() -> Iterator[PanelSide]:
    double = directadmin.DirectAdminDouble()
    try:
        yield DirectAdminSide(double)
    finally:
        double.server.end()


@contextmanager
def plesk_side() -> Iterator[PanelSide]:
    double = plesk.PleskDouble()
    try:
        yield PleskSide(double)
    finally:
        double.server.end()


@contextmanager
def opterius_side() -> Iterator[PanelSide]:
    double = opterius.OpteriusDouble()
    try:
        yield OpteriusSide(double)
    finally:
        double.server.end()


SIDES: dict[str, Callable[[], AbstractContextManager[PanelSide]]] = {
    "cpanel": cpanel_side,
    "directadmin": directadmin_side,
    "modoboa": modoboa_side,
    "opterius": opterius_side,
    "plesk": plesk_side,
    "proxmox": proxmox_side,
}
