"""Tests of PostgreSQL beyond the contracts."""
