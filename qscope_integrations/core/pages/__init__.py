"""The pages that people see: templates, and the headers that protect them."""
