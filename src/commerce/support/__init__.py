"""Questions and answers of the public pages (support-and-content.md 4)."""
