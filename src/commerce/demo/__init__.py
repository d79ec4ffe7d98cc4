"""A demo company with two years of simulated history, made through the same actions as everything else."""

from commerce.demo.build import build

__all__ = ["build"]
