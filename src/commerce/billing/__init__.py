"""Invoices with their lines, tax, numbers and settlement."""
