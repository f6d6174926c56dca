"""What the source says about a class: the docstrings of its fields, and its texts."""

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One annotated field of a class, or one member of an enumeration."""

    name: str
    type: str
    """As the source writes it; empty for a member of an enumeration."""
    default: str | None
    """As the source writes it; None when there is none."""
    text: str
    """The docstring below it, in one line."""


def members(cls: type) -> Iterator[Member]:
    """The public fields or enumeration members of a class, in their order."""
    body = class_node(cls).body
    for node, following in zip(body, [*body[1:], None], strict=True):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                type_, default = ast.unparse(annotation), _default(value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                type_, default = "", _default(value)
            case _:
                continue
        if name.startswith("_") or type_.startswith("ClassVar"):
            continue
        yield Member(name=name, type=type_, default=default, text=one_line(_docstring(following)))


def class_node(cls: type) -> ast.ClassDef:
    """The definition of a class that stands at the top of its module."""
    tree = module_tree(cls.__module__)
    return next(
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == cls.__name__
    )


@cache
def module_tree(name: str) -> ast.Module:
    """The parsed source of an imported module."""
    return ast.parse(inspect.getsource(sys.modules[name]))


def one_line(text: str) -> str:
    """The text without its line breaks."""
    return " ".join(text.split())


def summary(documented: object) -> str:
    """The first paragraph of a docstring."""
    return one_line((inspect.getdoc(documented) or "").partition("\n\n")[0])


def texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """String literals as people read them; what an f-string fills in stands in braces."""
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=parts):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else _hole(part)
                    for part in parts
                )


def code(text: str) -> str:
    """Inline code for Markdown."""
    return f"`{text}`"


def codes(names: Iterable[str]) -> str:
    """Names as inline code, or a dash."""
    return ", ".join(map(code, names)) or "-"


def union(type_: str) -> str:
    """A type for the cell of a table, where a vertical bar would end the cell."""
    return " or ".join(code(part) for part in type_.split(" | "))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    names = tuple(head)
    lines = [names, ("---",) * len(names), *(tuple(row) for row in rows)]
    return "".join(f"| {' | '.join(cell or '-' for cell in line)} |\n" for line in lines)


def _docstring(node: ast.stmt | None) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return inspect.cleandoc(text)
    return ""


def _default(value: ast.expr | None) -> str | None:
    match value:
        case None:
            return None
        case ast.Call(func=ast.Name(id="field"), keywords=keywords):
            named = {each.arg: each.value for each in keywords}
            if "default_factory" in named:
                return _made(named["default_factory"])
            return ast.unparse(named["default"]) if "default" in named else None
        case ast.Constant(value=number) if isinstance(number, int):
            return f"{number}"
    return ast.unparse(value)


def _made(factory: ast.expr) -> str:
    """What a default factory makes."""
    if isinstance(factory, ast.Lambda):
        return ast.unparse(factory.body)
    return {"dict": "{}", "tuple": "()"}.get(ast.unparse(factory), f"{ast.unparse(factory)}()")


def _hole(part: Any) -> str:
    expression = ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else ""
    return "{" + expression.rpartition(".")[2] + "}"
