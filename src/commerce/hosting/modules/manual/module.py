"""The module without a panel: every action is a to-do for staff (services-and-provisioning.md 6)."""

from commerce.hosting.models import Server, Service
from commerce.hosting.modules.contract import ModuleOutcome, ModuleResult


class ManualModule:
    """Staff do what a panel would, with the data in the to-do."""

    id = "manual"
    label = "By hand"
    fields: tuple[str, ...] = ()
    capabilities: frozenset[str] = frozenset()
    is_manual = True

    def create(self, service: Service) -> ModuleResult:
        """Make the account, then say its user name."""
        return _to_do("Set up", service)

    def suspend(self, service: Service) -> ModuleResult:
        """Switch it off."""
        return _to_do("Switch off", service)

    def resume(self, service: Service) -> ModuleResult:
        """Switch it on."""
        return _to_do("Switch on", service)

    def terminate(self, service: Service) -> ModuleResult:
        """Remove it."""
        return _to_do("Remove", service)

    def info(self, service: Service) -> ModuleResult:
        """Nobody to ask."""
        return _to_do("Look at", service)

    def test(self, server: Server) -> ModuleResult:
        """Nothing to call, so nothing fails."""
        return ModuleResult(ModuleOutcome.OK)


def _to_do(what: str, service: Service) -> ModuleResult:
    data = {
        "service": f"{service.pk}, {service.label}",
        "product": service.product.name,
        "package": service.product.package,
        "domain": service.domain,
        "server": service.server.name if service.server else "",
        "username": service.username,
        "remote id": service.remote_id,
    }
    known = {name: value for name, value in data.items() if value}
    text = ", ".join(f"{name} {value}" for name, value in known.items() if name != "service")
    return ModuleResult(
        ModuleOutcome.MANUAL, f"{what} service {known['service']}: {text}.", data=known
    )
