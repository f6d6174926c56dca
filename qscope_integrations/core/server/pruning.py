"""Pruning in the background, for an application that runs no pruning job."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from qscope_integrations.core.kernel.log import PRUNE_UNAVAILABLE, PRUNED
from qscope_store import FailedResult, Storage, StorageUnavailable, new_id

BATCH_ROWS: Final = 500
"""Rows to delete per transaction: few, because requests wait for it."""

_PAUSE_S: Final = 0.05


@asynccontextmanager
async def pruning(storage: Storage[Any], *, interval_s: int | None) -> AsyncIterator[None]:
    """Delete expired rows about every `interval_s` seconds; None does nothing.

    Several processes may do this on one database; each varies its interval at random, so that they
    rarely coincide. If the database is unavailable, the next round tries again.
    """
    if interval_s is None:
        yield
        return
    task = asyncio.create_task(_prune_regularly(storage, interval_s))
    try:
        yield
    finally:
        task.cancel()
        # The storage finishes a batch that it has already sent to the database.
        await asyncio.gather(task, return_exceptions=True)


async def _prune_regularly(storage: Storage[Any], interval_s: int) -> None:
    while True:
        await asyncio.sleep(interval_s * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
        try:
            deleted = await _prune_all(storage)
        except StorageUnavailable as error:
            PRUNE_UNAVAILABLE.log(reason=error)
        else:
            PRUNED.log(rows=deleted)


async def _prune_all(storage: Storage[Any]) -> int:
    """Delete batch after batch, with pauses for requests; return the number of rows."""
    deleted = 0
    async with storage.session(new_id()) as session:
        while True:
            result = await session.grants.prune(int(time.time()), BATCH_ROWS, ray_id=session.ray_id)
            if isinstance(result, FailedResult) or result.client_message.total == 0:
                return deleted
            deleted += result.client_message.total
            await asyncio.sleep(_PAUSE_S)
