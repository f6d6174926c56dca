"""The thread behind Turso, by itself."""

import asyncio
import threading

import pytest

from qscope_store.turso.thread import Thread


def test_a_loop_that_ends_before_its_call_does_not_end_the_thread() -> None:
    """The next caller gets its result, or its exception."""
    begun, may_go_on = threading.Event(), threading.Event()
    thread = Thread()

    def wait() -> None:
        begun.set()
        may_go_on.wait(10)

    def fail() -> None:
        raise ValueError("the caller's own")

    async def call_and_leave() -> None:
        called = asyncio.ensure_future(thread.call(wait))
        await asyncio.to_thread(begun.wait, 10)
        called.cancel()

    async def call_and_stop() -> int:
        try:
            with pytest.raises(ValueError, match="own"):
                await thread.call(fail)
            return await thread.call(lambda: 1)
        finally:
            thread.stop()

    asyncio.run(call_and_leave())
    may_go_on.set()
    assert asyncio.run(call_and_stop()) == 1
