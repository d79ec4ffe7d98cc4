"""The side of a module whose panel is a real one, behind a relay."""

from tests.doubles.panels.accounts import PanelAccounts
from tests.doubles.panels.relay import PanelRelay
from tests.hosting.modules.sides import DoubleSide


class RelaySide(DoubleSide):
    """``other_package`` and what is there are those of the panel."""

    def __init__(self, relay: PanelRelay) -> None:
        super().__init__(relay, PanelAccounts())
        self.relay = relay

    def end(self) -> None:
        """Leave the panel as it was."""
        raise NotImplementedError
