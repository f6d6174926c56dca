"""Where login leads: a path of this site and nothing else."""

import re
from typing import Final

# One slash, then no second one and no backslash, which browsers take for a slash. Printable ASCII
# only: a browser drops tabs and line breaks and would then see what we did not.
_LOCAL_PATH: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
_MAX_LENGTH: Final = 8000


def local_path(value: str | None) -> str:
    """The value if it is a path on this site, otherwise the home page."""
    if value and len(value) <= _MAX_LENGTH and _LOCAL_PATH.fullmatch(value):
        return value
    return "/"
