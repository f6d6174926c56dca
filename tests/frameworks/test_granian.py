"""The same applications behind another server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.frameworks.conftest import framework_host
from tests.frameworks.test_host_routes import *  # noqa: F403
from tests.frameworks.test_protocol import *  # noqa: F403
from tests.frameworks.test_sockets import *  # noqa: F403
from tests.host import Host


@pytest.fixture
async def host(framework: str, tmp_path: Path) -> AsyncIterator[Host]:
    """The host application of the framework, behind granian."""
    async with framework_host(framework, tmp_path / "host.db", server="granian") as running:
        yield running
