"""Stripe as its documentation describes it, on this machine, for tests and the demo: no card and no money is real."""
