"""What a program changes of its account, its token, and the accounts of services."""
