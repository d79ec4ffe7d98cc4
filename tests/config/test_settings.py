"""Settings as the specification has them (accounts.md 4 to 6, client-api.md 5): read as a fresh process reads them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

WANTED = {
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
    "PASSWORD_RESET_TIMEOUT": 60 * 60,
    "ACCOUNT_LOGIN_TIMEOUT": 15 * 60,
    "ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS": 1 / 24,
    "MFA_RECOVERY_CODE_COUNT": 8,
    "MFA_RECOVERY_CODE_DIGITS": 10,
    "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
    "MFA_PASSKEY_LOGIN_ENABLED": True,
    "MFA_WEBAUTHN_USER_VERIFICATION": "required",
    "COMMERCE_WORKERS": 1,
    "COMMERCE_COUNTERS": "memory",
    "COMMERCE_API_RATE": [60, 60],
    "COMMERCE_API_AUTH_FAILURE_RATE": [30, 60],
    "COMMERCE_API_STATEMENT_SECONDS": 5,
    "COMMERCE_PAGE_STATEMENT_SECONDS": 10,
    "COMMERCE_LOG_DAYS": 14,
    "COMMERCE_URL": "https://localhost:8443",
    "ALLOWED_HOSTS": ["localhost"],
    "APPEND_SLASH": False,
    "TIME_ZONE": "UTC",
    "USE_TZ": True,
    "USE_I18N": True,
    "ACCOUNT_LOGIN_METHODS": ["email"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_RATE_LIMITS": False,
    "MFA_RATE_LIMITS": False,
    "SESSION_COOKIE_AGE": 12 * 60 * 60,
    "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "CSRF_COOKIE_SECURE": True,
    "CSRF_COOKIE_HTTPONLY": True,
    "CSRF_COOKIE_SAMESITE": "Lax",
    "DEBUG": False,
}


def read(folder: Path, *names: str, **variables: str) -> dict[str, object]:
    """What a process has that finds no other variables of ours than these and the data folder."""
    program = (
        "import json, sys, commerce.config.settings as found; from pathlib import Path;"
        " plain = lambda it: str(it) if isinstance(it, Path) else sorted(it);"
        " print(json.dumps({name: getattr(found, name) for name in sys.argv[1:]}, default=plain))"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COMMERCE_")}
    clean |= {"COMMERCE_DATA_DIR": str(folder)} | variables
    child = [sys.executable, "-c", program, *names]
    done = subprocess.run(child, env=clean, cwd=folder, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return read(tmp_path_factory.mktemp("data"), *WANTED)


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_setting_is_as_the_specification_has_it(found: dict[str, object], name: str) -> None:
    assert found[name] == WANTED[name]


@pytest.mark.parametrize(
    ("variables", "counters"),
    [
        ({"COMMERCE_WORKERS": "2"}, "shared:{data}/counters"),
        ({"COMMERCE_COUNTERS": "shared"}, "shared:{data}/counters"),
        ({"COMMERCE_COUNTERS": "shared:/run/counters"}, "shared:/run/counters"),
        ({"COMMERCE_WORKERS": "2", "COMMERCE_COUNTERS": "memory"}, "memory"),
    ],
)
def test_several_workers_share_a_file_of_counters_unless_told_otherwise(
    tmp_path: Path, variables: dict[str, str], counters: str
) -> None:
    found = read(tmp_path, "COMMERCE_COUNTERS", **variables)
    assert found == {"COMMERCE_COUNTERS": counters.format(data=tmp_path)}


def test_secrets_and_hosts_come_from_the_environment(tmp_path: Path) -> None:
    names = ["SECRET_KEY", "COMMERCE_KEY_RING", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"]
    names += ["COMMERCE_LOG_DAYS", "COMMERCE_WORKERS"]
    found = read(
        tmp_path,
        *names,
        COMMERCE_SECRET_KEY="s" * 50,
        COMMERCE_KEY_RING=f"{'A' * 43}=,{'B' * 43}=",
        COMMERCE_URL="https://pay.example.com",
        COMMERCE_ALLOWED_HOSTS="www.example.com",
        COMMERCE_DEMO="1",
        COMMERCE_LOG_DAYS="1",
        COMMERCE_WORKERS="1",
    )
    assert found == {
        "SECRET_KEY": "s" * 50,
        "COMMERCE_KEY_RING": [f"{'A' * 43}=", f"{'B' * 43}="],
        "ALLOWED_HOSTS": [
            *("www.example.com", "pay.example.com", "localhost", "127.0.0.1", "[::1]"),
        ],
        "CSRF_TRUSTED_ORIGINS": ["https://pay.example.com"],
        "COMMERCE_LOG_DAYS": 1,
        "COMMERCE_WORKERS": 1,
    }
    assert list(tmp_path.glob("*.key")) == []  # what was given is made nowhere


def test_keys_that_are_not_given_are_made_once(tmp_path: Path) -> None:
    names = ["SECRET_KEY", "COMMERCE_KEY_RING"]
    made = read(tmp_path, *names)
    assert len(str(made["SECRET_KEY"])) >= 50
    assert [len(key) for key in list(made["COMMERCE_KEY_RING"])] == [44]  # type: ignore[call-overload]
    assert read(tmp_path, *names) == made


def test_what_is_kept_is_in_var_of_the_current_folder_unless_it_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, "COMMERCE_DATA_DIR", COMMERCE_DATA_DIR="")
    assert found == {"COMMERCE_DATA_DIR": str(tmp_path / "var")}
    assert {one.name for one in (tmp_path / "var").iterdir()} == {"ring.key", "secret.key"}


def test_an_address_without_a_host_leaves_this_machine_as_the_only_host(tmp_path: Path) -> None:
    found = read(tmp_path, "ALLOWED_HOSTS", COMMERCE_URL="https://")
    assert found == {"ALLOWED_HOSTS": ["localhost"]}  # and the check of the address says why
