"""How fast the machine is at this moment, so that processor times of different minutes compare."""

import hashlib
import time
from statistics import median


def loop_ms() -> float:
    """Processor milliseconds of a fixed piece of work; the median of fifteen."""
    return median(_once() for _ in range(15))


def _once() -> float:
    begun = time.process_time_ns()
    seen: dict[str, int] = {}
    text = ""
    for number in range(8_000):
        text = f"{text[-40:]}{number}"
        seen[text] = number
    digest = b""
    for _ in range(4_000):
        digest = hashlib.sha256(digest).digest()
    return (time.process_time_ns() - begun) / 1e6
