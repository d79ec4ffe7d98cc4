"""The accounts of a panel that is a double, whatever it speaks."""

import threading
import time
from dataclasses import dataclass, field

THEIRS = "a password of somebody else"


@dataclass(slots=True)
class HeldAccount:
    """One account; sizes in bytes, ``-1`` as a limit means none."""

    number: int
    username: str
    domain: str
    package: str
    email: str
    password: str
    key: str = ""
    is_suspended: bool = False
    made_at: float = field(default_factory=time.time)
    usage: dict[str, tuple[int, int]] = field(
        default_factory=lambda: {
            "disk": (14 << 20, 1000 << 20),
            "traffic": (3 << 30, -1),
            "mailboxes": (2, 10),
            "databases": (1, 5),
        }
    )


class AccountTakenError(Exception):
    """A username or a domain is in use."""


class PanelAccounts:
    """What is there, by username. ``made`` and ``removed`` count what was done, not what was asked."""

    packages = ("Starter", "Business")

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.by_username: dict[str, HeldAccount] = {}
        self.made: list[str] = []
        self.removed: list[str] = []

    def hold(
        self,
        username: str,
        domain: str,
        *,
        package: str = "Starter",
        email: str = "someone@example.com",
        password: str = THEIRS,
        key: str = "",
        made_at: float | None = None,
    ) -> HeldAccount:
        """Put an account there. Raises ``AccountTakenError``."""
        if username in self.by_username:
            raise AccountTakenError(f"{username} already exists")
        if self.of_domain(domain):
            raise AccountTakenError(f"{domain} already exists")
        number = 100 + len(self.made)
        held = HeldAccount(number, username, domain, package, email, password, key)
        held.made_at = time.time() if made_at is None else made_at
        self.by_username[username] = held
        self.made.append(username)
        return held

    def of_domain(self, domain: str) -> HeldAccount | None:
        held = self.by_username.values()
        return next((each for each in held if each.domain == domain.lower()), None)

    def numbered(self, number: str) -> HeldAccount | None:
        held = self.by_username.values()
        return next((each for each in held if str(each.number) == number), None)

    def remove(self, username: str) -> None:
        del self.by_username[username]
        self.removed.append(username)
