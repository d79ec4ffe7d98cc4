"""A control panel for tests, where the network would be: it keeps accounts and does as it is told."""

from collections.abc import Callable

from commerce.hosting.models import Server, Service
from commerce.hosting.modules.contract import ModuleOutcome, ModuleResult


class FakePanel:
    """The module `fake`; ``says`` sets what every call answers from then on."""

    id = "fake"
    label = "Fake panel"
    fields: tuple[str, ...] = ()
    capabilities: frozenset[str] = frozenset()
    is_manual = False

    def __init__(self) -> None:
        self.accounts: dict[str, str] = {}
        self.calls: list[str] = []
        self.meanwhile: Callable[[], object] | None = None
        self._outcome = ModuleOutcome.OK

    def says(self, outcome: ModuleOutcome) -> None:
        self._outcome = outcome

    def create(self, service: Service) -> ModuleResult:
        return self._set(service, "create", "on")

    def suspend(self, service: Service) -> ModuleResult:
        return self._set(service, "suspend", "off")

    def resume(self, service: Service) -> ModuleResult:
        return self._set(service, "resume", "on")

    def terminate(self, service: Service) -> ModuleResult:
        return self._set(service, "terminate", "gone")

    def info(self, service: Service) -> ModuleResult:
        return ModuleResult(ModuleOutcome.OK, self.accounts.get(service.provisioning_key, "none"))

    def test(self, server: Server) -> ModuleResult:
        return ModuleResult(self._outcome)

    def _set(self, service: Service, call: str, state: str) -> ModuleResult:
        self.calls.append(call)
        if self.meanwhile is not None:
            self.meanwhile()
        if self._outcome is not ModuleOutcome.OK:
            return ModuleResult(self._outcome, f"{call} did not work")
        self.accounts[service.provisioning_key] = state
        return ModuleResult(
            ModuleOutcome.OK,
            remote_id=str(len(self.accounts)),
            username=f"user{len(self.accounts)}",
        )
