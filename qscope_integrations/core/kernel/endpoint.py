"""One path of the server: its handler and its description in documents."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property

from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.http import HttpResponse

Handler = Callable[[RequestContext], Awaitable[HttpResponse]]
"""Handles one request inside a store session. Raises `OAuth2Error` and `StorageUnavailable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of an endpoint, as OpenAPI describes it."""

    method: str
    """In upper case."""
    name: str
    """The `operationId`."""
    query: tuple[str, ...] = ()
    """Names of the parameters in the query."""
    form: tuple[str, ...] = ()
    """Names of the parameters in the form."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One path of the server. Routes, metadata and OpenAPI all derive from it."""

    name: str
    """Its name in the log."""
    path: str
    """From `Settings.endpoint_path` or `Settings.well_known_path`."""
    handle: Handler
    operations: tuple[Operation, ...]
    """The methods it serves; others are refused with 405."""
    metadata_member: str | None = None
    """The member of the metadata document with its URL (RFC 8414 section 2)."""
    client_auth_methods: tuple[str, ...] = ()
    """How clients authenticate here; listed in the metadata beside the URL."""
    is_page: bool = False
    """Whether users see it in a browser; its errors are then pages instead of JSON."""
    is_document: bool = False
    """Whether it is a public JSON document that GET returns."""
    is_cross_origin: bool = False
    """Whether scripts of any origin may call it; it then uses no cookies."""
    hides_query: bool = False
    """Whether the plugin removes the query from the ASGI scope, to keep it out of access logs."""

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """The methods it serves; GET includes HEAD."""
        named = [operation.method for operation in self.operations]
        return ("GET", "HEAD", *named[1:]) if named[:1] == ["GET"] else tuple(named)
