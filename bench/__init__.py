"""Benchmarks of the real server; ratios are taken within one run."""
