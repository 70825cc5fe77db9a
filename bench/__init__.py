"""Benchmarks: how much of the machine the product reaches. `python -m bench --help` lists them."""
