"""How accounts are called, and their first passwords (services-and-provisioning.md 4)."""

import re
import secrets
import string
from collections.abc import Callable
from itertools import count

SHORTEST_USERNAME, LONGEST_USERNAME = 3, 16
BASE_LENGTH = 8
"""What is taken of a domain: panels with the least room have 10 characters, so that digits fit behind it."""

PASSWORD_LENGTH = 24
PASSWORD_MARKS = "-_"

RESERVED_USERNAMES = frozenset(
    """
    abuse admin administrator all any apache api backup bin billing clamav cpanel cron daemon data database default
    directadmin diradmin dovecot everyone exim ftp games git guest host hostmaster http https imap info irc kvm lp mail
    mailman mailnull man master modoboa munin mysql named news nginx nobody noc ntp operator opterius panel php plesk
    plugdev pop3 postfix postgres postgresql postmaster proftpd proxmox proxy psaadm psaftp psacln public puppet redis
    reseller root rspamd security server shutdown smtp spam sql ssh sshd ssl staff sudo support sync sys system
    systemd tape tomcat tty user users utmp uucp valkey video virtfs virtuozzo webadmin webmail webmaster wheel www
    """.split()
)  # fmt: skip


def is_reserved(username: str) -> bool:
    """Whether panels and their machines keep this name for themselves; some refuse all that begins with ``test``."""
    return username in RESERVED_USERNAMES or username.startswith("test")


def username_base(domain: str, label: str) -> str:
    """The beginning of a username: lower-case letters and digits of the domain, else of the label; a letter first."""
    for text in (domain.partition(".")[0], label):
        base = re.sub(r"[^a-z0-9]", "", text.lower()).lstrip(string.digits)[:BASE_LENGTH]
        if base:
            break
    else:
        base = "user"
    if is_reserved(base):
        base = f"u{base}"[:BASE_LENGTH]
    return base.ljust(SHORTEST_USERNAME, "0")


def free_username(domain: str, label: str, is_taken: Callable[[str], bool]) -> str:
    """A username that nobody has: with digits behind it where that is needed."""
    base = username_base(domain, label)
    for number in count(1):
        username = base if number == 1 else f"{base}{number}"
        if not is_reserved(username) and not is_taken(username):
            return username
    raise AssertionError("digits do not end")


def generate_password() -> str:
    """24 random characters of every kind that panels ask for; a letter comes first."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, PASSWORD_MARKS)
    letters = string.ascii_letters + string.digits + PASSWORD_MARKS
    while True:
        password = "".join(secrets.choice(letters) for _ in range(PASSWORD_LENGTH))
        if password[0].isalpha() and all(set(kind) & set(password) for kind in kinds):
            return password
