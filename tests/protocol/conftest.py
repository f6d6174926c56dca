"""Fixtures that several files of this suite share."""

import pytest

from tests.assertions import signing_client
from tests.host import Host, RegisteredClient


@pytest.fixture
async def machine(host: Host) -> RegisteredClient:
    """A client that signs, for its own tokens; a file may have another one of this name."""
    return await signing_client(host)
