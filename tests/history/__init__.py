"""What was asked of a store and what it answered, and whether the two can be true together."""
