"""The modules that provide services, by their name: the only place that knows which there are."""

from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.hosting.modules.contract import Module
from commerce.hosting.modules.manual import Manual

_MODULES: dict[str, Module] = {}


def register(module: Module) -> None:
    """Make a module known under its id."""
    _MODULES[module.id] = module


def names() -> list[str]:
    """The ids of all modules."""
    return sorted(_MODULES)


def module_of(service: Service) -> Module:
    """The module that provides this service; what no module provides, or a lost one did, is done by hand."""
    product = service.product
    named = product.module if product.type == Product.Type.HOSTING else Manual.id
    return _MODULES.get(named) or _MODULES[Manual.id]


register(Manual())
