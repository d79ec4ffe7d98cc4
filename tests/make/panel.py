"""A control panel for tests, where the network would be: it keeps accounts and does as it is told."""

from collections.abc import Callable

from commerce.hosting.models import Server, Service
from commerce.hosting.modules.contract import Outcome, Result


class Panel:
    """The module `fake`; ``says`` sets what every call answers from then on."""

    id = "fake"
    label = "Fake panel"
    fields: tuple[str, ...] = ()
    capabilities: frozenset[str] = frozenset()
    by_hand = False

    def __init__(self) -> None:
        self.accounts: dict[str, str] = {}
        self.calls: list[str] = []
        self.meanwhile: Callable[[], object] | None = None
        self._outcome = Outcome.OK

    def says(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def create(self, service: Service) -> Result:
        return self._set(service, "create", "on")

    def suspend(self, service: Service) -> Result:
        return self._set(service, "suspend", "off")

    def resume(self, service: Service) -> Result:
        return self._set(service, "resume", "on")

    def terminate(self, service: Service) -> Result:
        return self._set(service, "terminate", "gone")

    def info(self, service: Service) -> Result:
        return Result(Outcome.OK, self.accounts.get(service.provisioning_key, "none"))

    def test(self, server: Server) -> Result:
        return Result(self._outcome)

    def _set(self, service: Service, call: str, state: str) -> Result:
        self.calls.append(call)
        if self.meanwhile is not None:
            self.meanwhile()
        if self._outcome is not Outcome.OK:
            return Result(self._outcome, f"{call} did not work")
        self.accounts[service.provisioning_key] = state
        return Result(
            Outcome.OK, remote_id=str(len(self.accounts)), username=f"user{len(self.accounts)}"
        )
