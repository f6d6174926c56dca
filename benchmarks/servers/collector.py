"""Tuning at startup (docs/how-to/speed.md), the same for qscope and hello-world."""

import gc


def tune_collector() -> None:
    """Keep the garbage collector away from modules and from requests in progress."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
