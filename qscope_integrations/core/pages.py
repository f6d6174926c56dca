"""The pages the server shows itself: consent, devices and errors."""

import logging
import secrets
from collections.abc import Iterable
from typing import Any

from qscope_integrations.core.config import QScopeConfig
from qscope_integrations.core.errors import Problem
from qscope_integrations.core.http import Headers, HttpRequest, HttpResponse
from qscope_integrations.core.page_templates import BUNDLED, JinjaTemplates, PageTemplates
from qscope_integrations.core.responses import NO_STORE

logger = logging.getLogger(__name__)


class Pages:
    """Renders templates and sends them with the headers that keep a page to itself."""

    def __init__(self, config: QScopeConfig) -> None:
        self._scopes = config.scopes
        self._own = None if config.templates is None else JinjaTemplates(config.templates)
        self._framework: PageTemplates | None = None

    def use(self, templates: PageTemplates) -> None:
        """Look here too, behind the templates of the configuration."""
        self._framework = templates

    def described(self, scopes: Iterable[str]) -> list[dict[str, str]]:
        """Each scope with the words that people know it by."""
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
        """A page from a template, which also gets the framework's `request`, and a `nonce`."""
        sources = (self._own, self._framework, BUNDLED)
        return _page(sources, name, http, status=status, headers=headers, values=values)

    def error(self, problem: Problem, http: HttpRequest) -> HttpResponse:
        """The page for an error that must not, or cannot, be sent to the client."""
        values = {
            "title": "This request cannot go on",
            "error": problem.error,
            "message": problem.description,
            "ray_id": http.ray_id,
        }
        name, status, headers = "error.html", problem.status, problem.headers
        try:
            return self.render(name, http, status=status, headers=headers, **values)
        except Exception:
            # The error may well be the host's template.
            logger.exception("error_page_failed ray_id=%s", http.ray_id)
            return _page((BUNDLED,), name, http, status=status, headers=headers, values=values)


def _page(
    sources: Iterable[PageTemplates | None],
    name: str,
    http: HttpRequest,
    *,
    status: int,
    headers: Headers,
    values: dict[str, Any],
) -> HttpResponse:
    """The page of the first source that has it."""
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
