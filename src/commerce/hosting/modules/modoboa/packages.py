"""What a mail package holds, as its product says it: ``quota=10G, mailboxes=5``."""

import re
from dataclasses import dataclass

from commerce.hosting.modules.contract import Account
from commerce.hosting.modules.panel import PanelRefusal

_QUOTA = re.compile(r"([1-9]\d{0,8})([MGT]?)", re.IGNORECASE)
_MEBIBYTES = {"": 1, "M": 1, "G": 1024, "T": 1024**2}


@dataclass(frozen=True, slots=True)
class MailPackage:
    """The quota of a domain in MiB, and how many mailboxes share it."""

    quota: int
    mailboxes: int

    @property
    def mailbox_quota(self) -> int:
        """Of each mailbox, unless its domain's administrator gives it another one."""
        return max(self.quota // self.mailboxes, 1)

    def __str__(self) -> str:
        quota = f"{self.quota // 1024}G" if self.quota % 1024 == 0 else f"{self.quota}M"
        return f"quota={quota}, mailboxes={self.mailboxes}"


def mail_package(account: Account) -> MailPackage:
    """By the product's package, where no option of the client says otherwise. Raises ``PanelRefusal``."""
    said = dict(re.findall(r"(\w+)\s*=\s*([^\s,]+)", account.package))
    said |= {
        name.lower(): value
        for name, value in account.options.items()
        if name.lower() in ("quota", "mailboxes")
    }
    quota, mailboxes = _QUOTA.fullmatch(said.get("quota", "")), said.get("mailboxes", "")
    if quota is None or not re.fullmatch(r"[1-9]\d{0,5}", mailboxes):
        raise PanelRefusal(
            f'The package of the product is not understood: "{account.package}". '
            "Write it like quota=10G, mailboxes=5."
        )
    return MailPackage(int(quota[1]) * _MEBIBYTES[quota[2].upper()], int(mailboxes))
