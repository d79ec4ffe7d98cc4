"""What the doubles of registrars share: the names that one keeps, and a server that fails as it is told."""
