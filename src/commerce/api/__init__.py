"""Door 1: the client REST API, built for its contract and nothing else."""
