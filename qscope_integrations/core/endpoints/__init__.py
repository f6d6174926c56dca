"""The endpoints of RFC 6749, 7009, 7662, 8414 and 8628, from request to response."""

from qscope_integrations.core.endpoints._form import MAX_BODY_BYTES

__all__ = ["MAX_BODY_BYTES"]
