"""Users who sign in, clients who are billed, memberships between them, and API tokens."""
