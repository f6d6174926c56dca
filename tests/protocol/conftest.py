"""Fixtures that several files of this suite share."""

import pytest

from tests.assertions import signing_client
from tests.host import Host, RegisteredClient
from tests.refusals import one_line_per_refusal  # noqa: F401 - it applies to every test here


@pytest.fixture
async def machine(host: Host) -> RegisteredClient:
    """A client that signs, for its own tokens; a file may have another one of this name."""
    return await signing_client(host)
