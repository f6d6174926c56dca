"""The pages of the server, rendered by the application's template engine."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment
from litestar.exceptions import TemplateNotFoundException
from litestar.template import TemplateEngineProtocol
from markupsafe import escape

from qscope_integrations.core.pages.templates import JinjaTemplates, PageTemplates

AnyEngine = TemplateEngineProtocol[Any, Any]


def templates_of(engine: AnyEngine) -> PageTemplates:
    """The templates of the application's engine."""
    environment = getattr(engine, "engine", None)
    if isinstance(environment, Environment):
        return JinjaTemplates(environment)
    return EngineTemplates(engine)


class EngineTemplates:
    """The templates of an engine whose escaping cannot be switched on from here.

    The values are therefore escaped in advance, and marked as safe (`__html__`) for engines that
    do escape.
    """

    def __init__(self, engine: AnyEngine) -> None:
        self._engine = engine

    def render(self, name: str, values: Mapping[str, Any]) -> str | None:
        """The page; None when there is no such template. Raises what the template raises."""
        try:
            template = self._engine.get_template(name)
            text: str = template.render(**_escaped(values))
        except TemplateNotFoundException:
            # MiniJinja raises this for every error in a template, and only on rendering.
            return None
        return text


def _escaped(value: Any) -> Any:
    """The value with every string in it escaped."""
    match value:
        case str():
            return escape(value)
        case Mapping():
            return {name: _escaped(inner) for name, inner in value.items()}
        case Sequence():
            return [_escaped(inner) for inner in value]
        case _:
            return value
