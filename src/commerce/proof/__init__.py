"""The nightly proof: what must be true of all rows (invariants.md), looked at and never repaired."""
