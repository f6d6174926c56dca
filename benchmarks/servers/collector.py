"""What a deployment does at its start (docs/how-to/speed.md), ours and hello-world alike."""

import gc


def tune_collector() -> None:
    """Let the collector pass over the modules, and over requests that are under way."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
