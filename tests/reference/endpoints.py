"""docs/reference/endpoints.md: every path of the server, and what it takes and returns."""

from collections.abc import Iterator
from importlib import import_module
from types import MethodType
from typing import Final

from qscope_integrations import Endpoint, Operation
from qscope_integrations.core.device.endpoint import DEVICE
from qscope_integrations.core.device.page import _REFUSALS
from tests.reference.oauth_errors import Returned, errors_of
from tests.reference.servers import endpoints_of, every_feature, server_of
from tests.reference.source import code, codes, summary, table

_INTRODUCTION: Final = """# Endpoints

Paths begin with the path of the issuer, if it has one; in a well-known path it comes last (RFC 8414
section 3). The [features](features.md) of the configuration decide which endpoints exist. With
`serves_openapi=True`, `/oauth/openapi.json` describes them for tools.

A POST carries a form. A parameter may occur once; only `resource` may be repeated. A parameter without
a value counts as absent. Every response has an `X-Ray-Id`, under which the log has the
[request](log-events.md). [Error codes](errors.md) explains the errors; besides those listed here,
every endpoint can return 503 and 500.
"""
_OWNERS: Final = {"token": "any grant", "metadata": "always", "openapi": "`serves_openapi`"}
"""What adds the endpoints that no feature has."""
_DOCUMENTS: Final = {
    "metadata": "Authorization server metadata (RFC 8414). Each endpoint above names its member.",
    "openapi": "The endpoints as an OpenAPI document. Requires `serves_openapi=True`.",
}


def page() -> str:
    """The whole page."""
    owners = {
        endpoint.name: type(feature).__name__
        for feature in every_feature()
        for endpoint in endpoints_of(feature)
    }
    endpoints = server_of(every_feature(), serves_openapi=True).endpoints
    overview = table(
        ("endpoint", "path", "methods", "feature", "response"),
        (
            (
                f"[{each.name}](#{each.name})",
                code(each.path),
                codes(each.methods),
                owners.get(each.name) or _OWNERS[each.name],
                "page" if each.is_page else "JSON",
            )
            for each in endpoints
        ),
    )
    return "\n".join([_INTRODUCTION, overview, *map(_section, endpoints)])


def _section(endpoint: Endpoint) -> str:
    lines = [f"- metadata member: {code(endpoint.metadata_member)}"] * bool(
        endpoint.metadata_member
    )
    if endpoint.client_auth_methods:
        lines.append(f"- client authentication: {codes(endpoint.client_auth_methods)}")
    for operation in endpoint.operations:
        lines += _parameters(operation)
    lines.append(f"- cross-origin requests (CORS): {'yes' if endpoint.is_cross_origin else 'no'}")
    lines.append(f"- errors: {_listed(errors_of(endpoint))}")
    if endpoint.name == DEVICE:
        lines.append(f"- the page again, with a message: {_refusals()}")
    return f"## {endpoint.name}\n\n{_meaning(endpoint)}\n\n" + "\n".join(lines) + "\n"


def _meaning(endpoint: Endpoint) -> str:
    if endpoint.name in _DOCUMENTS:
        return _DOCUMENTS[endpoint.name]
    handler = endpoint.handle
    if isinstance(handler, MethodType):
        return summary(handler).partition(" Raises ")[0]
    # The module names the RFC whose sections the class speaks of.
    described = import_module(type(handler).__module__), type(handler)
    return " ".join(summary(each).replace(", station by station.", ".") for each in described)


def _parameters(operation: Operation) -> Iterator[str]:
    for place, names in (("query", operation.query), ("form", operation.form)):
        if names:
            yield f"- {operation.method}, {place}: {codes(names)}"


def _refusals() -> str:
    """What the device page shows for a code that cannot be used."""
    return ", ".join(
        f"{code(name.value.lower())} ({status})" for name, (status, _) in _REFUSALS.items()
    )


def _listed(errors: list[Returned]) -> str:
    return ", ".join(f"{code(each.code)} ({each.status})" for each in errors)
