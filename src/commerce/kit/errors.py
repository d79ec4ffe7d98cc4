"""What an action raises when the business says no. Doors turn these into pages, replies or exit codes."""


class BusinessError(Exception):
    """Nothing changed; ``str(error)`` tells the person why. ``field`` names the form field it belongs to, if any."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class StateConflict(BusinessError):
    """The record was no longer in the state that the action needs: another was first, or the move is not allowed."""


class PermissionDenied(BusinessError):
    """The actor lacks a right; ``right`` names it."""

    def __init__(self, right: str) -> None:
        super().__init__(f"This needs the right {right}.")
        self.right = right
