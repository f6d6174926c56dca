"""Where the text of a page comes from: a template of the host, or the bundled one of the same name.

The names begin with `qscope/`, so that they meet no other template of the host, and none of the
host's takes the place of the layout that a bundled page is built on.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, Protocol

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, TemplateNotFound

_SHARED: Final = "qscope_integrations.core.pages"


class PageTemplates(Protocol):
    """Templates of some engine."""

    def render(self, name: str, values: Mapping[str, Any]) -> str | None:
        """The text, every value in it escaped; None when there is no template of this name."""
        ...


class JinjaTemplates:
    """The templates of a Jinja environment, with its filters, globals and extensions.

    They escape, whatever the environment is set to: a client's name is somebody else's text.
    """

    def __init__(self, environment: Environment) -> None:
        # Whether a template escapes is compiled into it, and a bytecode cache does not tell apart
        # what the host has compiled for its own pages.
        self._environment = environment.overlay(
            autoescape=True, enable_async=False, bytecode_cache=None
        )

    def render(self, name: str, values: Mapping[str, Any]) -> str | None:
        """The text; None when there is no such template. Raises what the template raises."""
        try:
            template = self._environment.get_template(name)
        except TemplateNotFound:
            return None
        return template.render(values)


@lru_cache
def bundled_templates(packages: tuple[str, ...]) -> JinjaTemplates:
    """The templates in these packages, one folder `templates` each; the first one wins."""
    return JinjaTemplates(
        Environment(  # noqa: S701 - JinjaTemplates escapes
            loader=bundled_loader(packages), undefined=StrictUndefined
        )
    )


def bundled_loader(packages: Iterable[str] = ()) -> ChoiceLoader:
    """A Jinja loader of `qscope/base.html` and the templates that the bundled pages share.

    Put it behind the loader of your application, so that your pages can extend the bundled layout.
    `packages` are features' packages that have a folder `templates`; their pages are found as well.
    """
    return ChoiceLoader([PackageLoader(package, "templates") for package in (*packages, _SHARED)])
