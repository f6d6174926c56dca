"""Each test of this directory runs against both servers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.protocol.negative_control.peers import Peer, peer


@pytest.fixture(params=["authlib", "qscope"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Peer]:
    """One of the two; `is_plain` says whether the unsafe behaviour is expected."""
    async with peer(request.param, tmp_path / "peer.db") as running:
        yield running
