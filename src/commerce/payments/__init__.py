"""Money that reached us: for one invoice, for several, for a plan change, or to be credit."""
