"""`/client/webhooks`: webhook endpoints of a client, and what became of deliveries (client-api-v2.md 7)."""
