"""The pages the server shows itself: consent and errors."""

import secrets
from collections.abc import Iterable
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined

from qscope_integrations.core.config import QScopeConfig
from qscope_integrations.core.errors import Problem
from qscope_integrations.core.http import Headers, HttpResponse
from qscope_integrations.core.responses import NO_STORE


class Pages:
    """Renders templates and sends them with the headers that keep a page to itself."""

    def __init__(self, config: QScopeConfig) -> None:
        self._scopes = config.scopes
        loaders: list[Any] = [PackageLoader("qscope_integrations.core", "templates")]
        if config.template_directory is not None:
            loaders.insert(0, FileSystemLoader(config.template_directory))
        self._environment = Environment(
            loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined
        )

    def described(self, scopes: Iterable[str]) -> list[dict[str, str]]:
        """Each scope with the words that people know it by."""
        return [{"name": scope, "description": self._scopes.get(scope, scope)} for scope in scopes]

    def render(
        self, template: str, *, status: int = 200, headers: Headers = (), **values: Any
    ) -> HttpResponse:
        """A page from a template, which gets a `nonce` for its style element."""
        nonce = secrets.token_urlsafe(16)
        # Without form-action: Chromium applies it to the redirect that follows consent.
        policy = (
            f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self';"
            " base-uri 'none'; frame-ancestors 'none'"
        )
        text = self._environment.get_template(template).render(nonce=nonce, **values)
        return HttpResponse(
            status=status,
            headers=(
                ("content-type", "text/html; charset=utf-8"),
                ("content-security-policy", policy),
                ("x-frame-options", "DENY"),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                *NO_STORE,
                *headers,
            ),
            body=text.encode(),
        )

    def error(self, problem: Problem, *, ray_id: str) -> HttpResponse:
        """The page for an error that must not, or cannot, be sent to the client."""
        return self.render(
            "error.html",
            status=problem.status,
            headers=problem.headers,
            title="This request cannot go on",
            error=problem.error,
            message=problem.description,
            ray_id=ray_id,
        )
