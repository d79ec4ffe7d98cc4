"""Database backends: Django's, but for what each query of whole rows costs (decision 0080)."""
