"""Version 2 of the client API (client-api-v2.md): a folder beside ``v1`` over the same reading machinery."""
