"""Measures qscope against its peers: `python -m benchmarks --help`."""
