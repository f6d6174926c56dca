"""Where login redirects to: always a path of this site."""

import re
from typing import Final

# One slash, not followed by another one or a backslash, which browsers treat as a slash. Printable
# ASCII only: browsers drop tabs and line breaks, and would then see a different path.
_LOCAL_PATH: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
_MAX_LENGTH: Final = 8000


def local_path(value: str | None) -> str:
    """The value if it is a path on this site, and the home page otherwise."""
    if value and len(value) <= _MAX_LENGTH and _LOCAL_PATH.fullmatch(value):
        return value
    return "/"
