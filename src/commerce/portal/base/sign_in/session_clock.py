"""When a session began and was last used, and whether its time is over (accounts.md 5)."""

from django.contrib.sessions.backends.base import SessionBase

from commerce.accounts.rules import session_has_ended
from commerce.kit import clock
from commerce.site_settings.current import get_setting

SESSION_BEGAN_KEY, SESSION_SEEN_KEY, REMEMBER_SESSION_KEY = (
    "session_began",
    "session_seen",
    "session_stays",
)
"""Where a session keeps when it began, when it was last used (seconds since 1970), and whether to remember it."""


def start_session_clock(session: SessionBase, *, remember: bool) -> None:
    """A person has just signed in; ``remember`` is what they ticked."""
    session[SESSION_BEGAN_KEY] = session[SESSION_SEEN_KEY] = int(clock.now().timestamp())
    session[REMEMBER_SESSION_KEY] = remember


def session_is_over(session: SessionBase, *, seen_elsewhere: int = 0) -> bool:
    """Whether a session whose clock has started was idle or on for too long; its person may have been
    ``seen_elsewhere``, in seconds since 1970.
    """
    return session_has_ended(
        started=session[SESSION_BEGAN_KEY],
        last_used=max(session[SESSION_SEEN_KEY], seen_elsewhere),
        now=int(clock.now().timestamp()),
        remember=session[REMEMBER_SESSION_KEY],
        idle_minutes=get_setting("security.session_idle_minutes"),
    )
