"""A thread that runs calls one after the other."""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class Thread:
    """It ends with the process: a call that a silent primary holds up does not keep that alive."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._serve, name="qscope-turso", daemon=True)
        self._thread.start()

    async def call(self, work: Callable[[], T]) -> T:
        """Run on the thread, after the calls before it."""
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._calls.put((work, outcome))
        return await outcome

    def stop(self) -> None:
        """End it after the calls that wait."""
        self._calls.put(None)

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            work, outcome = call
            try:
                _settle(outcome, outcome.set_result, work())
            except Exception as error:  # noqa: BLE001 (it is raised at the caller)
                _settle(outcome, outcome.set_exception, error)


def _settle(outcome: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
    def settle_unless_done() -> None:
        if not outcome.done():
            settle(value)

    # A loop that has ended takes no calls, and nothing waits in it.
    with suppress(RuntimeError):
        outcome.get_loop().call_soon_threadsafe(settle_unless_done)
