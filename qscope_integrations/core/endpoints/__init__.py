"""The endpoints of RFC 6749, 7009, 7662 and 8414: from a plain request to a plain response."""

from qscope_integrations.core.endpoints._form import MAX_BODY_BYTES

__all__ = ["MAX_BODY_BYTES"]
