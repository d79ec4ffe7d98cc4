"""Keys that an installation makes for itself are made once, kept private, and never silently replaced."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from commerce.config.env import ConfigurationError
from commerce.config.key_files import load_key_ring, load_secret_key, read_or_create_key


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first = load_secret_key(tmp_path)
    assert len(first) > 80
    assert load_secret_key(tmp_path) == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_whoever_comes_second_takes_the_first_one_s(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(
            pool.map(
                lambda number: read_or_create_key(tmp_path / "a.key", f"key {number}"), range(32)
            )
        )
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.key"]


def test_a_ring_has_a_key_on_each_line(tmp_path: Path) -> None:
    (only,) = load_key_ring(tmp_path)
    newer = Fernet.generate_key().decode()
    (tmp_path / "ring.key").write_text(f"{newer}\n{only}\n")
    assert load_key_ring(tmp_path) == [newer, only]


def test_a_key_that_is_lost_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "ring.key").touch()
    with pytest.raises(ConfigurationError, match="is empty"):
        load_key_ring(tmp_path)
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be used"):
        load_secret_key(tmp_path)
