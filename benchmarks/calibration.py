"""The current speed of the machine, so that processor times of different minutes are comparable."""

import hashlib
import time
from statistics import median


def loop_ms() -> float:
    """Processor milliseconds of a fixed amount of work; the median of fifteen runs."""
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
