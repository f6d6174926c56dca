"""The OAuth errors that an endpoint can return, found by reading the source of what it calls.

Starting from a handler, calls are followed through qscope's core and Authlib's grants. `self.name`
is looked up in the class of the object; `other.name` in the classes that the calling module names.
An error counts where it is made, unless a caller catches exactly that class.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any, Final

from authlib.oauth2 import OAuth2Error

from qscope_integrations.core.clients.client import OAuthClient
from qscope_integrations.core.kernel.endpoint import Endpoint
from qscope_integrations.core.server.server import QScopeServer
from qscope_integrations.core.tokens.authlib import AuthlibServer

_FOLLOWED: Final = ("qscope_integrations.core", "authlib.oauth2")


@dataclass(frozen=True, slots=True, order=True)
class Returned:
    """One error code with the status of its response."""

    code: str
    status: int


def errors_of(endpoint: Endpoint) -> list[Returned]:
    """What the endpoint can return besides 503 and 500, which each of them can."""
    finder = _Finder()
    found = finder.calls(QScopeServer._read, QScopeServer)
    if endpoint.is_document:
        return [each for each in sorted(found) if each.status == 405]
    handler = endpoint.handle
    if isinstance(handler, MethodType):
        found |= finder.calls(handler.__func__, type(handler.__self__))
        if isinstance(handler.__self__, AuthlibServer):
            for grant, _ in handler.__self__._token_grants:
                found |= grant_errors(grant)
    else:
        found |= finder.calls(type(handler).__call__, type(handler))
    return sorted(found)


def grant_errors(grant: type) -> set[Returned]:
    """What a grant can return once the token endpoint has chosen it."""
    finder = _Finder()
    steps: Iterable[Callable[..., Any]] = (
        grant.validate_token_request,  # type: ignore[attr-defined]
        grant.create_token_response,  # type: ignore[attr-defined]
    )
    return {error for step in steps for error in finder.calls(step, grant)}


class _Finder:
    """Follows calls; a function that is met a second time adds nothing."""

    def __init__(self) -> None:
        self._met: set[tuple[Any, type | None]] = set()

    def calls(self, called: Callable[..., Any], owner: type | None) -> set[Returned]:
        """The errors of a function; `owner` is the class of its `self`."""
        function = _unwrapped(called)
        if (function, owner) in self._met or not function.__module__.startswith(_FOLLOWED):
            return set()
        self._met.add((function, owner))
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        if not isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
            raise TypeError(f"{function} is not a function definition")
        return self._walk(tree.body, function, owner)

    def _walk(
        self, nodes: Iterable[ast.AST], function: FunctionType, owner: type | None
    ) -> set[Returned]:
        found: set[Returned] = set()
        for node in nodes:
            match node:
                case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
                    caught = {code for each in handlers for code in _caught(each, function)}
                    inner = self._walk(body, function, owner)
                    found |= {error for error in inner if error.code not in caught}
                    rest = [*(part for each in handlers for part in each.body), *orelse, *finalbody]
                    found |= self._walk(rest, function, owner)
                    continue
                case ast.Call(func=ast.Name(id=name), keywords=keywords):
                    found |= _made(function.__globals__.get(name), keywords)
                case ast.Raise(exc=ast.Name(id=name)):
                    found |= _made(function.__globals__.get(name), [])
                case ast.Subscript(value=ast.Name(id=name)):
                    held = function.__globals__.get(name)
                    for value in held.values() if isinstance(held, dict) else ():
                        found |= _made(value, [])
                case ast.AnnAssign(value=value):
                    found |= self._walk([value] if value else [], function, owner)
                    continue
            for called, of in _callees(node, function, owner):
                found |= self.calls(called, of)
            found |= self._walk(ast.iter_child_nodes(node), function, owner)
        return found


def _made(made: Any, keywords: Iterable[ast.keyword]) -> set[Returned]:
    if not (isinstance(made, type) and issubclass(made, OAuth2Error)):
        return set()
    status = next(
        (
            each.value.value
            for each in keywords
            if each.arg == "status_code" and isinstance(each.value, ast.Constant)
        ),
        made.status_code,
    )
    return {Returned(str(made.error), int(str(status)))}


def _caught(handler: ast.ExceptHandler, function: FunctionType) -> Iterator[str]:
    """The code that a handler catches for good.

    One that names the error may pass it on, and so does one for every OAuth error.
    """
    if handler.name is None and isinstance(handler.type, ast.Name):
        caught = function.__globals__.get(handler.type.id)
        if isinstance(caught, type) and issubclass(caught, OAuth2Error) and caught.error:
            yield str(caught.error)


def _callees(
    node: ast.AST, function: FunctionType, owner: type | None
) -> Iterator[tuple[Callable[..., Any], type | None]]:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            named = function.__globals__.get(name)
            if isinstance(named, FunctionType):
                yield named, None
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name) if owner:
            for cls in owner.__mro__:
                called = vars(cls).get(name)
                if isinstance(called, FunctionType) and _unwrapped(called) is not function:
                    yield called, owner
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if owner and hasattr(owner, name):
            called = inspect.getattr_static(owner, name)
            if isinstance(called, FunctionType):
                yield called, owner
        case ast.Attribute(attr=name):
            for cls in _named_classes(function):
                called = inspect.getattr_static(cls, name, None)
                if isinstance(called, FunctionType):
                    yield called, cls


def _named_classes(function: FunctionType) -> set[type]:
    """The classes whose methods another object of this module can have."""
    named = {each for each in function.__globals__.values() if isinstance(each, type)}
    # Grants call the server that they belong to; handlers receive clients without naming the class.
    return {
        AuthlibServer,
        OAuthClient,
        *(each for each in named if each.__module__.startswith(_FOLLOWED)),
    }


def _unwrapped(called: Any) -> FunctionType:
    """The function inside of Authlib's decorator for hooks."""
    while called.__name__ == "wrapper":
        called = next(
            cell.cell_contents
            for cell in called.__closure__ or ()
            if isinstance(cell.cell_contents, FunctionType)
        )
    if not isinstance(called, FunctionType):
        raise TypeError(f"{called} is not a function")
    return called
