"""The ground of the core: plain values and functions that know neither a room nor a feature."""
