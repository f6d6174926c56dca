"""The servers that are measured, one module or package for each; none knows of another."""
