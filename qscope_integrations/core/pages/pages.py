"""Rendering pages, with the headers that protect them."""

import secrets
from collections.abc import Iterable
from typing import Any

from jinja2 import Environment

from qscope_integrations.core.kernel.errors import Problem
from qscope_integrations.core.kernel.http import NO_STORE, Headers, HttpRequest, HttpResponse
from qscope_integrations.core.kernel.log import ERROR_PAGE_FAILED
from qscope_integrations.core.kernel.settings import Settings
from qscope_integrations.core.pages.templates import (
    JinjaTemplates,
    PageTemplates,
    bundled_templates,
)


class Pages:
    """The pages of one server: your application's templates, else the bundled ones."""

    def __init__(
        self, settings: Settings, templates: Environment | None, packages: Iterable[str]
    ) -> None:
        """`packages` are the packages of features that have a folder `templates`."""
        self._scopes = settings.scopes
        self._own = None if templates is None else JinjaTemplates(templates)
        self._framework: PageTemplates | None = None
        self._bundled = bundled_templates(tuple(packages))

    def use(self, templates: PageTemplates) -> None:
        """Search these templates as well, after those of the configuration."""
        self._framework = templates

    def described(self, scopes: Iterable[str]) -> list[dict[str, str]]:
        """Each scope with its description in the configuration."""
        return [{"name": scope, "description": self._scopes.get(scope, scope)} for scope in scopes]

    def render(
        self,
        name: str,
        http: HttpRequest,
        *,
        status: int = 200,
        headers: Headers = (),
        **values: Any,
    ) -> HttpResponse:
        """Render a template, which also receives the framework's `request` and a `nonce`."""
        sources = (self._own, self._framework, self._bundled)
        return _page(sources, name, http, status=status, headers=headers, values=values)

    def error(self, problem: Problem, http: HttpRequest) -> HttpResponse:
        """The page for an error that must not or cannot be sent to the client."""
        values = {
            "title": "This request cannot continue",
            "error": problem.error,
            "message": problem.description,
            "ray_id": http.ray_id,
        }
        name, status, headers = "error.html", problem.status, problem.headers
        try:
            return self.render(name, http, status=status, headers=headers, **values)
        except Exception as error:  # noqa: BLE001 - a template may raise anything
            # That template may itself be the problem.
            ERROR_PAGE_FAILED.log(error, ray_id=http.ray_id)
            return _page(
                (self._bundled,), name, http, status=status, headers=headers, values=values
            )


def _page(
    sources: Iterable[PageTemplates | None],
    name: str,
    http: HttpRequest,
    *,
    status: int,
    headers: Headers,
    values: dict[str, Any],
) -> HttpResponse:
    """The page from the first source that has it."""
    nonce = secrets.token_urlsafe(16)
    values |= {"request": http.native, "nonce": nonce}
    texts = (source.render(f"qscope/{name}", values) for source in sources if source is not None)
    text = next((text for text in texts if text is not None), None)
    if text is None:
        raise LookupError(f"There is no page {name}.")
    return HttpResponse(
        status=status,
        headers=(
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", _policy(nonce)),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            *NO_STORE,
            *headers,
        ),
        body=text.encode(),
    )


def _policy(nonce: str) -> str:
    # Without form-action: Chromium applies it to the redirect that follows consent.
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    )
