"""Hostile requests, drawn from a seeded generator."""

import base64
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_from_bytes

from tests.fuzzing.asgi import RawRequest

CANARY: Final = "zq7x"
"""Part of hostile values; the checks look for it where it must not be reflected."""

_TEXTS: Final = (
    "",
    " ",
    "0",
    "-1",
    "null",
    "[]",
    '{"a":1}',
    "x" * 5000,
    f"<script>{CANARY}</script>",
    f'"><img src=x onerror={CANARY}>',
    f"'{CANARY}' OR '1'='1",
    f"{CANARY}\r\nSet-Cookie: evil=1",
    f"{CANARY}\0",
    f"https://{CANARY}.evil.example/",
    f"//{CANARY}.evil.example",
    f"https://client.example@{CANARY}.evil.example/callback",
    f"javascript:{CANARY}",
    f"{{{{{CANARY}}}}}",
    f"../../{CANARY}",
    f"%{CANARY}",
    f"\u202e{CANARY}",
    f"\U0001f4a5{CANARY}",
    f"\ud800{CANARY}",
    f"a\\b{CANARY}",
    f"profile {CANARY}",
    "urn:ietf:params:oauth:grant-type:" + CANARY,
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
    "https://api.example/#x",
    "http://[::1",
    "http://127.0.0.1:99999/cb",
)
VALUES: Final = (
    *(text.encode("utf-8", "surrogatepass") for text in _TEXTS),
    *(b"\xff\xfe" + CANARY.encode(), b"\xc0\xaf", b"\xed\xa0\x80"),
)

_HEADERS: Final = (
    b"accept",
    b"content-type",
    b"cookie",
    b"host",
    b"origin",
    b"referer",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-ray-id",
)
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "ÄÖ")
_FORM: Final = (b"content-type", b"application/x-www-form-urlencoded")


@dataclass(frozen=True, kw_only=True)
class Target:
    """One endpoint, with values that pass its first checks."""

    path: str
    methods: tuple[str, ...]
    parameters: Mapping[str, Sequence[str]]
    is_page: bool = False


class Attacker:
    """Draws requests, the same ones for the same seed."""

    def __init__(
        self, targets: Sequence[Target], credentials: Sequence[bytes], *, seed: int
    ) -> None:
        self._random = random.Random(seed)
        self._targets = targets
        self._credentials = credentials

    def draw(self) -> tuple[Target, RawRequest]:
        """The next request and its target."""
        pick = self._random
        target = pick.choice(self._targets)
        usual = pick.random() < 0.9
        method = pick.choice(target.methods) if usual else pick.choice(_METHODS)
        form = self._form(target)
        in_query = method != "POST" or pick.random() < 0.03
        headers = [_FORM] if method == "POST" and pick.random() < 0.95 else []
        headers += self._headers()
        return target, RawRequest(
            method=method,
            path=target.path,
            query=form if in_query else b"",
            headers=tuple(headers),
            body=b"" if in_query else form,
        )

    def _form(self, target: Target) -> bytes:
        pick = self._random
        pairs = []
        for name, good in target.parameters.items():
            times = pick.choices((0, 1, 2), (15, 82, 3))[0]
            pairs += [(name.encode(), self._value(good)) for _ in range(times)]
        if pick.random() < 0.1:
            pairs.append((pick.choice(VALUES), pick.choice(VALUES)))
        pick.shuffle(pairs)
        text = b"&".join(self._encoded(name) + b"=" + self._encoded(value) for name, value in pairs)
        return text if pick.random() < 0.98 else text.replace(b"=", b"%", 1)

    def _value(self, good: Sequence[str]) -> bytes:
        if good and self._random.random() < 0.75:
            return self._random.choice(good).encode()
        return self._random.choice(VALUES)

    def _encoded(self, value: bytes) -> bytes:
        return value if self._random.random() < 0.02 else quote_from_bytes(value, "").encode()

    def _headers(self) -> list[tuple[bytes, bytes]]:
        pick = self._random
        headers = [(b"cookie", b"user=alice")] if pick.random() < 0.6 else []
        chance = pick.random()
        if chance < 0.5:
            headers.append((b"authorization", pick.choice(self._credentials)))
        elif chance < 0.65:
            scheme = pick.choice((b"Basic ", b"Bearer ", b"basic ", b"Digest ", b""))
            value = pick.choice(VALUES)
            encoded = base64.b64encode(value) if pick.random() < 0.5 else value
            headers.append((b"authorization", scheme + encoded))
        further = pick.choices((0, 1, 2), (80, 15, 5))[0]
        return headers + [(pick.choice(_HEADERS), pick.choice(VALUES)) for _ in range(further)]
