"""What a deployment does at its start (docs/how-to/speed.md), ours and hello-world alike."""

import gc


def freeze_heap() -> None:
    """Keep the garbage collector from walking over the modules again and again."""
    gc.collect()
    gc.freeze()
