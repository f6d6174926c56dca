"""The backend of docs/how-to/write-a-backend.md: it passes the kit, and serves clients."""

import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from qscope_store.contracts import SchemaError, Storage
from qscope_store.testing import StoreContract
from tests.host import running_host

FILE = Path(__file__).parents[2] / "docs/how-to/locked_backend.py"


def load() -> Any:
    """The module that the page shows."""
    spec = importlib.util.spec_from_file_location("locked_backend", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


backend = load()


class TestOwnBackend(StoreContract):
    """The whole kit."""

    @pytest.fixture
    async def storage(self, tmp_path: Path) -> AsyncIterator[Storage[Any]]:
        storage = backend.LockedStorage(tmp_path / "oauth.db")
        await storage.upgrade()
        await storage.open()
        yield storage
        await storage.close()


@pytest.mark.anyio
async def test_a_file_without_the_schema_is_refused(tmp_path: Path) -> None:
    """Storage.open."""
    with pytest.raises(SchemaError):
        await backend.LockedStorage(tmp_path / "empty.db").open()


@pytest.mark.anyio
async def test_a_client_goes_through_the_whole_flow(tmp_path: Path) -> None:
    """Code, token, refresh, replay and introspection, over the server with this storage."""
    storage = backend.LockedStorage(tmp_path / "oauth.db")
    async with running_host(tmp_path / "unused.db", storage=storage) as host:
        client = await host.register()
        first = await host.tokens(client)
        second = (await host.refresh(client, first["refresh_token"])).json()
        assert (await host.introspect(client, second["access_token"]))["active"] is True
        again = await host.refresh(client, first["refresh_token"])
        assert again.json()["error"] == "invalid_grant"
        assert await host.introspect(client, second["access_token"]) == {"active": False}


def test_the_backend_is_short() -> None:
    """The page promises it."""
    assert len(FILE.read_text("utf-8").splitlines()) < 250
