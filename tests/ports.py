"""Ports for servers that need a port number."""

import random
import socket
from typing import Final

# Below the ephemeral ports (32768 or 49152 and up), which a connection of any process could take
# before the server does, or while it is down.
_PORTS: Final = range(20_000, 32_000)
_ATTEMPTS: Final = 100


def free_port() -> int:
    """A port of 127.0.0.1 on which no process listens; it is not reserved."""
    # Not the generator of the process: with the same seed, several would choose the same port.
    for port in random.SystemRandom().sample(_PORTS, _ATTEMPTS):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"none of {_ATTEMPTS} ports is free")
