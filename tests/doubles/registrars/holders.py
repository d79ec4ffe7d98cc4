"""Holders who are to confirm their address, as each registrar has words for it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from commerce.domains.rules import VerificationState
from tests.doubles.registrars.account import HeldName, RegistrarAccount, RemoteRefusal

EMAIL = "holder@example.com"


def send_again(held: HeldName) -> None:
    """Have the mail sent once more; there is none to send to who has confirmed."""
    if held.holder == VerificationState.VERIFIED:
        raise RemoteRefusal("refused", held.name)
    held.mails += 1


def raa_fields(held: HeldName) -> dict[str, Any]:
    """Of an order at ResellerClub."""
    told: dict[str, Any] = {"raaVerificationStatus": held.holder.capitalize()}
    if held.last_day:
        began = datetime.combine(held.last_day - timedelta(days=15), time(13), UTC)
        told["raaVerificationStartTime"] = str(int(began.timestamp()))
    return told | {"registrantcontact": {"emailaddr": EMAIL}}


def raa_resend(account: RegistrarAccount, sent: dict[str, list[str]]) -> Any:
    """ResellerClub's command."""
    (number,) = sent["order-id"]
    send_again(account.numbered(number))
    return True


def ops_status(account: RegistrarAccount, sent: Any) -> tuple[int, dict[str, Any]]:
    """OpenSRS's answer."""
    held = account.find(sent["domain"])
    words = {VerificationState.PENDING: "verifying"}
    told = {"registrant_verification_status": words.get(held.holder, held.holder)}
    return 200, told | (
        {"verification_deadline": f"{held.last_day} 00:00:00"} if held.last_day else {}
    )


def ops_resend(account: RegistrarAccount, sent: Any) -> tuple[int, dict[str, Any]]:
    """OpenSRS's command."""
    send_again(account.find(sent["domain"]))
    return 200, {}


def listed(account: RegistrarAccount, query: Any) -> dict[str, Any]:
    """Openprovider's list, which has names that never waited for anything, too."""
    rows = [
        {
            "id": held.number,
            "domain": held.name,
            "email": EMAIL,
            "handle": "ZM000001-DE",
            "status": "verified" if held.holder == VerificationState.VERIFIED else "in progress",
            "is_suspended": held.holder == VerificationState.SUSPENDED,
            "expiration_date": f"{held.last_day} 00:00:00" if held.last_day else "",
        }
        for held in account.names.values()
        if query.get("domain") == held.name
    ]
    return {"results": rows, "total": len(rows)}


def restart(account: RegistrarAccount, sent: Any) -> dict[str, Any]:
    """Openprovider's command: of an address, whichever names it is of."""
    if sent["email"] != EMAIL or set(sent) - {"email", "language", "tag"}:
        raise ValueError("email")
    waiting = [one for one in account.names.values() if one.holder != VerificationState.VERIFIED]
    for held in waiting:
        send_again(held)
    return {"success": bool(waiting)}
