"""Histories of operations on a store and their results, and whether these are consistent."""
