"""Ports for servers that have to be told where to listen."""

import random
import socket
from typing import Final

# Below the ports that connections get which name none (32768 or 49152 and up): among those, any
# connection of any process could take the port before the server does, or while it is down.
_PORTS: Final = range(20_000, 32_000)
_ATTEMPTS: Final = 100


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens; it is not held."""
    # Not the generator of the process: what seeds that would lead several to the same port.
    for port in random.SystemRandom().sample(_PORTS, _ATTEMPTS):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"none of {_ATTEMPTS} ports is free")
