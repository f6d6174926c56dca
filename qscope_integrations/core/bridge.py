"""Authlib's synchronous hooks on the event loop.

`run` calls a function inside a greenlet; `wait`, called anywhere below it, switches out with an
awaitable, which `run` awaits in the task that called it, and resumes with the result. Exceptions
and cancellation arrive in the hook at the place of its `wait`. Nothing leaves the task or thread.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from greenlet import getcurrent, greenlet

P = ParamSpec("P")
T = TypeVar("T")


class _Bridge(greenlet):  # type: ignore[misc]  # greenlet is untyped for mypy
    """A greenlet whose parent awaits on its behalf."""


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a synchronous function that may `wait`, and give what it returns."""
    current = getcurrent()
    worker = _Bridge(function, current)
    # A greenlet starts with an empty context; the task's variables must be visible in hooks.
    worker.gr_context = current.gr_context
    outcome: Any = worker.switch(*args, **kwargs)
    while not worker.dead:
        try:
            value = await outcome
        except BaseException as error:  # noqa: BLE001 - it belongs to the hook, cancellation too
            outcome = worker.throw(error)
        else:
            outcome = worker.switch(value)
    return outcome  # type: ignore[no-any-return]  # the last switch gives the function's result


def wait(awaitable: Awaitable[T]) -> T:
    """Give the result of an awaitable to synchronous code called by `run`."""
    current = getcurrent()
    if not isinstance(current, _Bridge) or current.parent is None:
        close = getattr(awaitable, "close", None)
        if close is not None:
            close()
        raise RuntimeError("wait() was called outside run(): there is no event loop to wait on.")
    return current.parent.switch(awaitable)  # type: ignore[no-any-return]  # untyped in greenlet
