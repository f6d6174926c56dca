"""The base of the core: plain values and functions that depend on no other part of it."""
