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

    It makes one call after another, for Python maps memory for the frames of each new greenlet and
    gives it back at its end, which costs more than the switches.
    """

    is_calling = False
    result: Any = None
    error: BaseException | None = None

    def run(self, call: Callable[[], Any]) -> None:
        """Make calls; while one runs, the parent is switched to with what it is to await."""
        while True:
            self.is_calling = True
            try:
                self.result = call()
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever called `run`
                self.error = error
            self.is_calling = False
            # Nothing of a request is kept while the next one is waited for.
            del call
            call = self.switch_out()

    def switch_out(self, awaitable: object = None) -> Any:
        """Go on in the parent, with what it is to await or, between calls, with nothing."""
        if self.parent is None:
            raise RuntimeError("A bridge has no parent before `run` has given it one.")
        return self.parent.switch(awaitable)

    def take_result(self) -> Any:
        """What the last call returned; raises what it raised."""
        result, error = self.result, self.error
        self.result = self.error = self.gr_context = None
        if error is None:
            return result
        try:
            raise error
        finally:
            # Its traceback holds this frame: together they would keep the request until a sweep.
            del error


class _IdleBridges(threading.local):
    """Those of one thread, which alone may switch to them."""

    def __init__(self) -> None:
        self.bridges: list[_Bridge] = []


_idle: Final = _IdleBridges()


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a synchronous function that may `wait`, and give what it returns."""
    current = getcurrent()
    bridge = _idle.bridges.pop() if _idle.bridges else _Bridge()
    bridge.parent = current
    # A greenlet has a context of its own; the task's variables must be visible in hooks.
    bridge.gr_context = current.gr_context
    outcome: Any = bridge.switch(lambda: function(*args, **kwargs))
    while bridge.is_calling:
        try:
            value = await outcome
        except BaseException as error:  # noqa: BLE001 - it belongs to the hook, cancellation too
            outcome = bridge.throw(error)
        else:
            outcome = bridge.switch(value)
    try:
        return bridge.take_result()  # type: ignore[no-any-return]  # what the function gave
    finally:
        if len(_idle.bridges) < _MOST_IDLE:
            _idle.bridges.append(bridge)


def wait(awaitable: Awaitable[T]) -> T:
    """Give the result of an awaitable to synchronous code called by `run`."""
    current = getcurrent()
    if isinstance(current, _Bridge):
        return current.switch_out(awaitable)  # type: ignore[no-any-return]  # what was awaited
    close = getattr(awaitable, "close", None)
    if close is not None:
        close()
    raise RuntimeError("wait() was called outside run(): there is no event loop to wait on.")
