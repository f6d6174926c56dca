"""The matrix of Pythons and framework releases that `make test-matrix` runs."""
