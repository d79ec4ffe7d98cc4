"""DNS zones of domains: their records, versions and signatures, and the server that answers for them."""
