"""Webhooks that we send: who wants to be told of what, and bringing it to them (client-api-v2.md 7).

The door for messages of payment gateways, which are sent to us, is ``commerce/webhooks``.
"""
