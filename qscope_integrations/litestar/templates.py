"""The pages of the server in the template engine of the application."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment
from litestar.exceptions import TemplateNotFoundException
from litestar.template import TemplateEngineProtocol
from markupsafe import escape

from qscope_integrations.core.pages.templates import JinjaTemplates, PageTemplates

AnyEngine = TemplateEngineProtocol[Any, Any]


def templates_of(engine: AnyEngine) -> PageTemplates:
    """The templates of whichever engine."""
    environment = getattr(engine, "engine", None)
    if isinstance(environment, Environment):
        return JinjaTemplates(environment)
    return EngineTemplates(engine)


class EngineTemplates:
    """The templates of an engine that cannot be told to escape.

    So the values are escaped before, and marked as such (`__html__`) for engines that do escape.
    """

    def __init__(self, engine: AnyEngine) -> None:
        self._engine = engine

    def render(self, name: str, values: Mapping[str, Any]) -> str | None:
        """The text; None when there is no such template. Raises what the template raises."""
        try:
            template = self._engine.get_template(name)
            text: str = template.render(**_escaped(values))
        except TemplateNotFoundException:
            # MiniJinja says this of every error in a template, and only when it is rendered.
            return None
        return text


def _escaped(value: Any) -> Any:
    """The same with every text in it escaped."""
    match value:
        case str():
            return escape(value)
        case Mapping():
            return {name: _escaped(inner) for name, inner in value.items()}
        case Sequence():
            return [_escaped(inner) for inner in value]
        case _:
            return value
