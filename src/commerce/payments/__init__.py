"""Money that reached us for an invoice."""
