"""The nightly proof: what must be true of all rows (invariants.md), looked at and never repaired."""

from commerce.proof.check import Asked, Check, Found, Offence
from commerce.proof.checks import CHECKS
from commerce.proof.running import MOST, Verdict, chosen, prove

__all__ = ["CHECKS", "MOST", "Asked", "Check", "Found", "Offence", "Verdict", "chosen", "prove"]
