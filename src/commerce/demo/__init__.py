"""A demo company with two years of simulated history, made through the same actions as everything else."""
