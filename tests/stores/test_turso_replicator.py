"""The thread behind a replica, by itself."""

import asyncio
import threading

import pytest

from qscope_store.contracts import StorageUnavailable
from qscope_store.queries import schema_version
from qscope_store.sql import Single
from qscope_store.turso.replica.copy import LocalCopy
from qscope_store.turso.replica.primary import Primary
from qscope_store.turso.replica.replicator import Replicator


def test_a_loop_that_ends_before_its_answer_does_not_end_the_thread() -> None:
    """Whoever asks next is answered."""
    begun, may_go_on = threading.Event(), threading.Event()
    look = Single(schema_version.GET, {})

    def no_copy() -> LocalCopy:
        begun.set()
        may_go_on.wait(10)
        raise StorageUnavailable("There is no primary.")

    replicator = Replicator(
        no_copy,
        Primary("http://127.0.0.1:1", auth_token=None, timeout_s=1),
        queue_limit=10,
        busy_timeout_s=5,
        max_staleness_s=0,
    )
    replicator.start()

    async def ask_and_leave() -> None:
        asked = asyncio.ensure_future(replicator.run(look, only_reads=True))
        await asyncio.to_thread(begun.wait, 10)
        asked.cancel()

    async def ask_and_stop() -> None:
        try:
            await replicator.run(look, only_reads=True)
        finally:
            await replicator.stop()

    asyncio.run(ask_and_leave())
    may_go_on.set()
    with pytest.raises(StorageUnavailable, match="no primary"):
        asyncio.run(ask_and_stop())
