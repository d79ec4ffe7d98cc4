"""The modules that provide services, by their name: the only place that knows which there are."""

from commerce.catalog.rules import ProductType
from commerce.hosting.models import Server, Service
from commerce.hosting.modules.contract import HostingModule, ModuleOutcome
from commerce.hosting.modules.manual.module import ManualModule
from commerce.kit.errors import BusinessError

_MODULES: dict[str, HostingModule] = {}


def register_module(module: HostingModule) -> None:
    """Make a module known under its id."""
    _MODULES[module.id] = module


def module_names() -> list[str]:
    """The ids of all modules."""
    return sorted(_MODULES)


def module_of(service: Service) -> HostingModule:
    """The module that provides this service; what no module provides, or a lost one did, is done by hand."""
    product = service.product
    named = product.module if product.type == ProductType.HOSTING else ManualModule.id
    return _MODULES.get(named) or _MODULES[ManualModule.id]


def is_tested_by_hand(server: Server) -> bool:
    """Whether there is no panel that could be asked; also where this release does not have the server's module."""
    module = _MODULES.get(server.module)
    return module is None or module.is_manual


def check_server(server: Server) -> None:
    """Ask a server's panel something harmless. Raises ``BusinessError`` with what it says, or that it does not."""
    result = _MODULES[server.module].test(server)
    if result.outcome not in (ModuleOutcome.OK, ModuleOutcome.ALREADY):
        raise BusinessError("server.test_failed", server=server.name, problem=result.message)


register_module(ManualModule())
