"""Whether the account of a service can become that of another plan, by what we know of its panel (billing.md 8)."""

from collections.abc import Iterable, Mapping
from typing import Any

from commerce.catalog.models import Product
from commerce.catalog.rules import ProductType
from commerce.hosting.models import Service
from commerce.hosting.modules.contract import AccountSize, PlanReach
from commerce.hosting.modules.registry import module_class_of


def plan_reach(
    service: Service, product: Product, options: Iterable[Mapping[str, Any]]
) -> PlanReach:
    """Whether a service with its server can become this product with these options, each with ``name`` and ``value``;
    nothing is asked of the panel.

    An account stays where it is: a product of another module or server group than its own is out of reach.
    """
    if product.type != service.product.type:
        return PlanReach.OUT_OF_REACH
    server = service.server
    if product.type != ProductType.HOSTING or server is None:
        return PlanReach.REACHED
    there = product.module in (server.module, service.product.module)
    if not there or product.server_group not in (server.group, service.product.server_group):
        return PlanReach.OUT_OF_REACH
    now = AccountSize(service.product.package, _values(service.options))
    wanted = AccountSize(product.package, _values(options))
    return module_class_of(service).plan_reach(now, wanted, server.settings)


def _values(options: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {str(option["name"]): str(option["value"]) for option in options}
