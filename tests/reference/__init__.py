"""The pages and pictures of docs/ that are made from the code.

`python -m tests.reference` writes them again; tests compare them with the code.
"""
