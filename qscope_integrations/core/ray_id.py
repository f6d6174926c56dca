"""The trace id of a request: the caller's if it is well formed, else a new one."""

import re
from typing import Final

from qscope_store import new_id

HEADER: Final = "x-ray-id"

_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


def ray_id_of(value: str | None) -> str:
    """The id to use for a request with this header value."""
    return value if value is not None and _WELL_FORMED.fullmatch(value) else new_id()
