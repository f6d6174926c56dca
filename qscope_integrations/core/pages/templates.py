"""The templates of pages: your application's, or the bundled ones of the same names.

Names begin with `qscope/`, so that they do not clash with other templates of your application, and
none of those accidentally replaces the layout of the bundled pages.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, Protocol

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, TemplateNotFound

_SHARED: Final = "qscope_integrations.core.pages"


class PageTemplates(Protocol):
    """The templates of an engine."""

    def render(self, name: str, values: Mapping[str, Any]) -> str | None:
        """The page with every value escaped; None when there is no such template."""
        ...


class JinjaTemplates:
    """The templates of a Jinja environment, with its filters, globals and extensions.

    Values are escaped, whatever the environment's setting: a client's name is untrusted text.
    """

    def __init__(self, environment: Environment) -> None:
        # Escaping is compiled into a template, and a bytecode cache does not distinguish templates
        # that the application has compiled with another setting.
        self._environment = environment.overlay(
            autoescape=True, enable_async=False, bytecode_cache=None
        )

    def render(self, name: str, values: Mapping[str, Any]) -> str | None:
        """The page; None when there is no such template. Raises what the template raises."""
        try:
            template = self._environment.get_template(name)
        except TemplateNotFound:
            return None
        return template.render(values)


@lru_cache
def bundled_templates(packages: tuple[str, ...]) -> JinjaTemplates:
    """The templates in the folders `templates` of these packages; the first match is used."""
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
