"""Secrets at rest, and changing their key (invariants.md X1)."""

import pytest
from cryptography.fernet import Fernet

from commerce.kit.crypto import DecryptionError, KeyRing

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_is_encrypted_comes_back_and_cannot_be_read_in_between() -> None:
    ring = KeyRing([OLD])
    sealed = ring.encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert ring.encrypt("JBSWY3DPEHPK3PXP") != sealed
    assert ring.decrypt(sealed) == "JBSWY3DPEHPK3PXP"


def test_a_key_is_changed_in_three_steps() -> None:
    sealed = KeyRing([OLD]).encrypt("secret")
    both = KeyRing([NEW, OLD])
    assert both.decrypt(sealed) == "secret"  # 1: the new key in front, old texts still open
    renewed = both.rotate(sealed)  # 2: go over the stored texts
    assert KeyRing([NEW]).decrypt(renewed) == "secret"  # 3: the old key is taken out
    with pytest.raises(DecryptionError):
        KeyRing([NEW]).decrypt(sealed)
    with pytest.raises(DecryptionError):
        KeyRing([NEW]).rotate(sealed)


def test_a_changed_text_is_refused() -> None:
    for text in ("", "none", KeyRing([OLD]).encrypt("secret")[:-8] + "AAAAAA=="):
        with pytest.raises(DecryptionError):
            KeyRing([OLD]).decrypt(text)


def test_a_text_can_be_too_old() -> None:
    sealed = Fernet(OLD).encrypt_at_time(b"secret", 1_000_000_000).decode()
    assert KeyRing([OLD]).decrypt(sealed) == "secret"
    with pytest.raises(DecryptionError):
        KeyRing([OLD]).decrypt(sealed, max_age_seconds=3600)
