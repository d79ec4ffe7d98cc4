"""Quotes of staff: made, sent, read by whom they are for, and ordered (catalog-and-orders.md 10)."""
