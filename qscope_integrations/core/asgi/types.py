"""ASGI's own types (asgi.readthedocs.io, version 3), without a framework."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
NativeRequest = Callable[[Scope, Receive], object]
"""Creates the framework's request object, which your application's adapters receive."""
