"""Page rendering: the style of qscope's own pages, and their security headers."""

import secrets
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from example_app.forms import csrf_token
from example_app.users import signed_in
from qscope_integrations import bundled_loader

# These pages reuse the base.html and the style sheet of the consent page.
_TEMPLATES: Final = Environment(
    loader=ChoiceLoader([PackageLoader("example_app"), bundled_loader()]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from a template, which also receives `user`, `csrf` and `nonce`."""
    nonce = secrets.token_urlsafe(16)
    html = _TEMPLATES.get_template(template).render(
        user=signed_in(request), csrf=csrf_token(request), nonce=nonce, **values
    )
    return HTMLResponse(html, status_code=status, headers=_headers(nonce))


def _headers(nonce: str) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        # No form-action: Chromium applies it to the redirect after login, which may go to the
        # site of any client.
        "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self';"
        " base-uri 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
