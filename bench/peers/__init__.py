"""What the API is compared with, all over the same tables and with the same replies."""
