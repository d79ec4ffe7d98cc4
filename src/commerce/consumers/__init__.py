"""Statements of consumers: withdrawals from contracts, and endings of them (support-and-content.md 9)."""
