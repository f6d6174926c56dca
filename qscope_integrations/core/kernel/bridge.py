"""Authlib's synchronous hooks on the event loop.

`run` calls a function inside a greenlet; `wait`, called anywhere below it, switches out with an
awaitable, which `run` awaits in the task that called it, and resumes with the result. Exceptions
and cancellation arrive in the hook at the place of its `wait`. Nothing leaves the task or thread.
"""

import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final, ParamSpec, TypeVar

from greenlet import getcurrent, greenlet

P = ParamSpec("P")
T = TypeVar("T")

_MOST_IDLE: Final = 64


class _Bridge(greenlet):  # type: ignore[misc]  # greenlet is untyped for mypy
    """A greenlet whose parent awaits on its behalf.

    It is reused for many calls, because Python maps memory for the frames of every new greenlet and
    unmaps it at the end, which takes longer than the switches.
    """

    is_calling = False
    result: Any = None
    error: BaseException | None = None

    def run(self, call: Callable[[], Any]) -> None:
        """Make calls. Each `wait` in a call switches to the parent with an awaitable."""
        while True:
            self.is_calling = True
            try:
                self.result = call()
            except BaseException as error:  # noqa: BLE001 - raised again by `take_result`
                self.error = error
            self.is_calling = False
            # An idle bridge keeps no reference to its last request.
            del call
            call = self.switch_out()

    def switch_out(self, awaitable: object = None) -> Any:
        """Switch to the parent, with an awaitable or, between calls, with None."""
        if self.parent is None:
            raise RuntimeError("A bridge has no parent before `run` has set it.")
        return self.parent.switch(awaitable)

    def take_result(self) -> Any:
        """Return the result of the last call, or raise its error."""
        result, error = self.result, self.error
        self.result = self.error = self.gr_context = None
        if error is None:
            return result
        try:
            raise error
        finally:
            # Breaks the cycle of error, traceback and frame, which would keep the request alive
            # until the next garbage collection.
            del error


class _IdleBridges(threading.local):
    """The idle bridges of one thread; no other thread can switch to them."""

    def __init__(self) -> None:
        self.bridges: list[_Bridge] = []


_idle: Final = _IdleBridges()


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a synchronous function that may `wait`, and return its result."""
    current = getcurrent()
    bridge = _idle.bridges.pop() if _idle.bridges else _Bridge()
    bridge.parent = current
    # A greenlet has a separate context, but hooks must see the task's context variables.
    bridge.gr_context = current.gr_context
    outcome: Any = bridge.switch(lambda: function(*args, **kwargs))
    while bridge.is_calling:
        try:
            value = await outcome
        except BaseException as error:  # noqa: BLE001 - for the hook, as is cancellation
            outcome = bridge.throw(error)
        else:
            outcome = bridge.switch(value)
    try:
        return bridge.take_result()  # type: ignore[no-any-return]  # the function's result
    finally:
        if len(_idle.bridges) < _MOST_IDLE:
            _idle.bridges.append(bridge)


def wait(awaitable: Awaitable[T]) -> T:
    """Return the result of an awaitable, in synchronous code that `run` has called."""
    current = getcurrent()
    if isinstance(current, _Bridge):
        return current.switch_out(awaitable)  # type: ignore[no-any-return]  # what was awaited
    close = getattr(awaitable, "close", None)
    if close is not None:
        close()
    raise RuntimeError("wait() was called outside run(): there is no event loop to wait on.")
