"""Measure qscope against its peers: `python -m benchmarks --help`.

`python -m benchmarks.trace` lists the files, functions and classes that a token request enters.
"""
