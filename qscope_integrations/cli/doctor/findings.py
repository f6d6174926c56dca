"""What the doctor has found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not safe."""

    area: Literal["setting", "schema", "client"]
    name: str
    """The setting, or the `client_id`."""
    problem: str
    """With what to do about it."""
