"""docs/reference/features.md: what each feature adds to a server."""

import ast
import json
from collections.abc import Iterator
from typing import Any, Final

from qscope_integrations import ClientMetadata, Feature, default_features
from qscope_integrations.core.tokens.authlib import GrantSpec
from tests.reference.configuration import settings
from tests.reference.oauth_errors import grant_errors
from tests.reference.servers import endpoints_of, every_feature, metadata_of
from tests.reference.source import (
    class_node,
    code,
    codes,
    members,
    module_tree,
    one_line,
    summary,
    table,
    texts,
    union,
)

_INTRODUCTION: Final = """# Features

`QScopeConfig(features=[...])` lists what a server offers. A feature that is not listed has no route,
grant type, metadata member, form parameter, client rule or doctor finding. Without a list, the server
has those of `default_features()`. Of two features with the same name, the later one counts:
`[*default_features(), Device(devices=MyDevices())]` replaces the default `Device()`.

[Add grants, endpoints and extensions](../how-to/add-a-feature.md) shows how to write a feature.
"""
_METADATA: Final = """Clients are registered with these members, whether from the command line or in
Python. The names follow RFC 7591 section 2. A feature can add members, which go into `extensions`."""


def page() -> str:
    """The whole page."""
    features = every_feature()
    defaults = {type(each) for each in default_features()}
    parts = [_INTRODUCTION, _overview(features, defaults)]
    parts += [_section(each, is_default=type(each) in defaults) for each in features]
    parts += ["## Client metadata\n", f"{_METADATA}\n", _client_metadata()]
    return "\n".join(parts)


def _overview(features: tuple[Feature, ...], defaults: set[type]) -> str:
    return table(
        ("feature", "name", "default", "grant type", "endpoints"),
        (
            (
                f"[{type(each).__name__}](#{type(each).__name__.lower()})",
                code(each.name),
                "yes" if type(each) in defaults else "no",
                codes(spec.grant_type for spec in each.grants()),
                codes(endpoint.path for endpoint in endpoints_of(each)),
            )
            for each in features
        ),
    )


def _section(feature: Feature, *, is_default: bool) -> str:
    cls = type(feature)
    folder = cls.__module__.rpartition(".")[0].replace(".", "/")
    parts = [f"## {cls.__name__}\n", f"{summary(cls)} Source: `{folder}/`.\n"]
    if not is_default:
        parts.append("Not among the default features.\n")
    if list(members(cls)):
        parts.append(settings(cls))
    parts += [_grant(spec) for spec in feature.grants()]
    endpoints = endpoints_of(feature)
    if endpoints:
        linked = (f"[`{each.path}`](endpoints.md#{each.name})" for each in endpoints)
        parts.append(f"Endpoints: {', '.join(linked)}.\n")
    parts += [_metadata(metadata_of(feature)), *_rules(cls), *_findings(cls)]
    return "\n".join(parts)


def _grant(spec: GrantSpec) -> str:
    errors = codes(dict.fromkeys(each.code for each in sorted(grant_errors(spec.grant))))
    return (
        f"Grant type `{spec.grant_type}`: parameters {codes(spec.parameters)}; errors {errors}.\n"
    )


def _metadata(found: dict[str, Any]) -> str:
    return "Metadata:\n\n" + table(
        ("member", "value"),
        ((code(name), code(json.dumps(value))) for name, value in found.items()),
    )


def _rules(cls: type[Feature]) -> Iterator[str]:
    """What client metadata must satisfy, in the words of the errors."""
    rules = tuple(cls.client_rules())
    named = {rule.check.__name__ for rule in rules}
    found = [
        f"- `{field.value}`: {one_line(next(texts([problem])))}\n"
        for function in module_tree(cls.__module__).body
        if isinstance(function, ast.FunctionDef) and function.name in named
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "RegistrationError"
        for field, problem in [call.args]
        if isinstance(field, ast.Constant)
    ]
    added = [f"- adds the member `{rule.member}`\n" for rule in rules if rule.member]
    if found or added:
        yield "Rules for clients, with the text of the error:\n\n" + "".join(added + found)


def _findings(cls: type[Feature]) -> Iterator[str]:
    """What doctor reports, in its words."""
    methods = [
        node
        for node in class_node(cls).body
        if isinstance(node, ast.FunctionDef) and node.name in {"findings", "client_findings"}
    ]
    lines = []
    for method in methods:
        about = "a client" if method.name == "client_findings" else "the setting"
        for node in ast.walk(method):
            if isinstance(node, ast.Yield) and node.value is not None:
                lines += [f"- {about} {text}\n" for text in texts([_problem(node.value)])]
    if lines:
        yield "Findings of `qscope doctor`:\n\n" + "".join(lines)


def _problem(value: ast.expr) -> ast.expr:
    if isinstance(value, ast.Call):
        return next(each.value for each in value.keywords if each.arg == "problem")
    return value


def _client_metadata() -> str:
    return table(
        ("member", "type", "default", "meaning"),
        (
            (
                code(each.name),
                union(each.type),
                "required" if each.default is None else code(each.default),
                each.text,
            )
            for each in members(ClientMetadata)
        ),
    )
