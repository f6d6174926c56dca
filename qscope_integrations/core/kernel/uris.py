"""The characters of a URI (RFC 3986 section 2)."""

import re
from typing import Final

MAX_URI_LENGTH: Final = 2000
"""The most characters of a URI that the server stores."""
# Reserved, unreserved and whole percent-encodings; `#` is left out.
_TEXT: Final = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


def is_uri_text(text: str) -> bool:
    """Whether every character may stand in a URI without a fragment."""
    return _TEXT.fullmatch(text) is not None
