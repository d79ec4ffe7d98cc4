"""What clients are told of payments: how money came, the receipt of it, and what pays the next bill."""
