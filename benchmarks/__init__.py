"""Benchmarks, run by hand: how fast the product is, and what others need for the same work."""
