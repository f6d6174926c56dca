"""Authlib's synchronous hooks on the event loop; one greenlet serves many calls after another."""

import asyncio
import gc
import weakref
from contextvars import ContextVar

import pytest

from qscope_integrations.core.kernel.bridge import run, wait

pytestmark = pytest.mark.anyio

asked: ContextVar[str] = ContextVar("asked")


async def response(value: str) -> str:
    await asyncio.sleep(0)
    return value


async def test_a_hook_gets_the_result_of_what_it_waits_for() -> None:
    """It goes on where it was."""
    assert await run(lambda name: f"hello {wait(response(name))}", "alice") == "hello alice"


async def test_a_hook_that_waits_for_nothing_just_returns() -> None:
    """There is nothing to await."""
    assert await run(lambda: "done") == "done"


async def test_calls_that_run_at_once_keep_their_results_and_variables_apart() -> None:
    """Each has a greenlet of its own while it runs, whoever had it before."""

    def hook(name: str) -> list[str]:
        return [asked.get(), wait(response(name)), asked.get()]

    async def call(name: str) -> list[str]:
        asked.set(name)
        return await run(hook, name)

    names = [f"user-{number}" for number in range(100)]
    for _ in range(3):
        results = await asyncio.gather(*(asyncio.create_task(call(name)) for name in names))
        assert results == [[name] * 3 for name in names]


async def test_an_error_arrives_where_the_hook_waits() -> None:
    """And what the hook makes of it is the end of the call."""

    async def fails() -> str:
        raise LookupError("gone")

    def hook() -> str:
        try:
            return wait(fails())
        except LookupError as error:
            raise ValueError("not found") from error

    with pytest.raises(ValueError, match="not found"):
        await run(hook)
    assert await run(lambda: wait(response("next"))) == "next"


async def test_a_cancellation_arrives_where_the_hook_waits() -> None:
    """The hook cleans up; the next call is as good as new."""
    told: list[str] = []

    def hook() -> None:
        try:
            wait(asyncio.sleep(3600))
        finally:
            told.append("cleaned up")

    task = asyncio.create_task(run(hook))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert told == ["cleaned up"]
    assert await run(lambda: wait(response("next"))) == "next"


async def test_nothing_of_a_call_is_kept_until_the_next() -> None:
    """What a request carries, secrets too, goes when it ends."""

    class Request:
        pass

    request = Request()
    gone = weakref.ref(request)
    asked.set("for this")
    result = await run(lambda it: wait(response(type(it).__name__)), request)
    del request
    gc.collect()

    assert result == "Request"
    assert gone() is None


async def test_nothing_of_a_call_that_fails_waits_for_a_sweep() -> None:
    """The error does not hold itself, and with it what its frames hold."""

    class Request:
        pass

    def refuse(_: Request) -> None:
        raise LookupError("gone")

    request = Request()
    gone = weakref.ref(request)
    gc.disable()
    try:
        with pytest.raises(LookupError):
            await run(refuse, request)
        del request
        assert gone() is None
    finally:
        gc.enable()


async def test_to_wait_outside_a_call_is_refused() -> None:
    """There is no event loop to wait on; the coroutine is closed, so that nothing warns of it."""
    with pytest.raises(RuntimeError, match="outside run"):
        wait(response("nobody"))
