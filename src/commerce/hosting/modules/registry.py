"""The modules that provide services, by their name: the only place that knows which there are."""

from commerce.catalog.rules import ProductType
from commerce.hosting.models import Service
from commerce.hosting.modules.contract import HostingModule
from commerce.hosting.modules.manual.module import ManualModule

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


register_module(ManualModule())
