"""The contract test kit over our backends, and over broken ones."""
