"""The benchmark: the client API beside its limit and its peers, in one run on one machine.

``make bench`` runs it whole, ``make bench ARGS=--quick`` in under three minutes. ``docs/performance.md`` says what is
measured, how, and what came out.
"""
