"""The example of docs/how-to/subscribe-to-events.md, in a running application."""

from pathlib import Path

import pytest

from qscope_store.sqlite import SQLiteStorage
from tests.examples.tell_owner import TellOwner
from tests.host import running_host

pytestmark = pytest.mark.anyio


async def test_owner_of_a_reused_token_gets_a_mail(tmp_path: Path) -> None:
    """Only the owner receives it, under the application's key."""
    sent: list[tuple[str, str]] = []

    async def send_mail(external_id: str, text: str) -> None:
        sent.append((external_id, text))

    storage = SQLiteStorage(tmp_path / "a.db")
    tell_owner = TellOwner(storage, send_mail)
    async with running_host(tmp_path / "a.db", storage=storage, subscribers=(tell_owner,)) as host:
        client = await host.register()
        tokens = [await host.tokens(client, user=user) for user in ("alice", "bob")]
        for _ in range(2):
            await host.refresh(client, tokens[1]["refresh_token"])

    assert sent == [("bob", "One of your tokens was used twice.")]
