"""The contract test kit on the backends of qscope, and on broken ones."""
