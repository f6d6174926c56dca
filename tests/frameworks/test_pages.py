"""The application's templates in place of the bundled pages."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.plugins.mako import MakoTemplateEngine
from litestar.plugins.minijinja import MiniJinjaTemplateEngine
from litestar.template import TemplateConfig

from tests.frameworks.conftest import framework_host
from tests.host import Host, redirect_parameters

pytestmark = pytest.mark.anyio

Start = Callable[..., Awaitable[Host]]

NAME = "Notes <b>'App'"
ESCAPED = "Notes &lt;b&gt;&#39;App&#39;"
JINJA = """{% extends "base.html" %}{% block main %}
<p>{{ client_name }} for {{ user_name }} at {{ request.url.path }}</p>
{% for scope in scopes %}<i>{{ scope.description }}</i>{% endfor %}
<form method="post" action="{{ action }}">
{% for name, value in fields.items() %}
<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}<button name="decision" value="approve">Yes</button></form>{% endblock %}
"""
MAKO = """<p>${client_name} for ${user_name} at ${request.url.path}</p>
% for scope in scopes:
<i>${scope["description"]}</i>
% endfor
<form method="post" action="${action}">
% for name, value in fields.items():
<input type="hidden" name="${name}" value="${value}">
% endfor
</form>
"""
LAYOUT = "<title>Ours</title><style nonce='{{ nonce }}'></style>{% block main %}{% endblock %}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The templates of an application with its own layout, and one for the consent page."""
    folder = tmp_path / "templates"
    (folder / "qscope").mkdir(parents=True)
    (folder / "base.html").write_text(LAYOUT)
    (folder / "qscope/consent.html").write_text(JINJA)
    return folder


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def start(framework: str, **settings: Any) -> Host:
            return await stack.enter_async_context(
                framework_host(framework, tmp_path / "host.db", **settings)
            )

        yield start


@pytest.mark.parametrize("enable_async", [False, True])
async def test_a_template_of_the_host_is_the_consent_page(
    framework: str, start: Start, folder: Path, enable_async: bool
) -> None:
    """With the application's layout and the framework's request; consent works as before."""
    templates = Environment(
        loader=FileSystemLoader(folder), autoescape=True, enable_async=enable_async
    )
    host = await start(framework, templates=templates)
    client = await host.register(client={"name": NAME})

    page = await host.authorize(client)
    response = await host.decide(page)

    assert "<title>Ours</title>" in page.text
    assert f"<p>{ESCAPED} for Alice at /oauth/authorize</p>" in page.text
    assert "<i>See who you are</i>" in page.text
    assert redirect_parameters(response)["code"]


async def test_the_host_s_page_keeps_the_headers(
    framework: str, start: Start, folder: Path
) -> None:
    """No framing, no caching, no resources except the style with the page's nonce."""
    host = await start(framework, templates=Environment(loader=FileSystemLoader(folder)))

    page = await host.authorize(await host.register())

    nonce = page.text.partition("nonce='")[2].partition("'")[0]
    policy = page.headers["content-security-policy"]
    assert len(nonce) >= 16
    assert policy.startswith(f"default-src 'none'; style-src 'nonce-{nonce}';")
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_values_are_escaped_though_the_environment_does_not(
    framework: str, start: Start, folder: Path
) -> None:
    """Jinja's default does not escape, but a client's name is untrusted text."""
    host = await start(
        framework, templates=Environment(loader=FileSystemLoader(folder), autoescape=False)
    )

    page = await host.authorize(await host.register(client={"name": NAME}))

    assert ESCAPED in page.text
    assert NAME not in page.text


async def test_other_pages_are_unchanged(framework: str, start: Start, folder: Path) -> None:
    """The application's `base.html` does not replace their layout."""
    host = await start(framework, templates=Environment(loader=FileSystemLoader(folder)))

    page = await host.http.get("/oauth/device", headers={"cookie": "user=alice"})

    assert page.status_code == 200
    assert 'name="user_code"' in page.text
    assert "Ours" not in page.text


@pytest.mark.parametrize("broken", ["{% if %}", "{{ 1 / 0 }}", '{% include "nowhere.html" %}'])
async def test_a_broken_error_page_does_not_hide_the_error(
    framework: str, start: Start, folder: Path, broken: str
) -> None:
    """The bundled page shows it instead."""
    (folder / "qscope/error.html").write_text(broken)
    host = await start(framework, templates=Environment(loader=FileSystemLoader(folder)))

    page = await host.http.get("/oauth/authorize", params={"client_id": "unknown"})

    assert page.status_code == 400
    assert "This request cannot continue" in page.text
    assert page.headers["x-frame-options"] == "DENY"


async def test_a_broken_page_is_an_error_page(framework: str, start: Start, folder: Path) -> None:
    """Not the bundled consent page, which would hide the failure from the developers."""
    (folder / "qscope/consent.html").write_text("{{ 1 / 0 }}")
    host = await start(framework, templates=Environment(loader=FileSystemLoader(folder)))

    page = await host.authorize(await host.register())

    assert page.status_code == 500
    assert "This request cannot continue" in page.text


ENGINES = {
    "jinja": (JinjaTemplateEngine, JINJA),
    "minijinja": (MiniJinjaTemplateEngine, JINJA),
    "mako": (MakoTemplateEngine, MAKO),
}


@pytest.mark.parametrize("engine", ENGINES)
async def test_litestar_s_engine_renders_the_pages_that_it_has(
    start: Start, folder: Path, engine: str
) -> None:
    """Without a setting; values are escaped exactly once."""
    engine_class, template = ENGINES[engine]
    (folder / "qscope/consent.html").write_text(template)
    config: Any = TemplateConfig(directory=folder, engine=engine_class)
    host = await start("litestar", options={"template_config": config})

    page = await host.authorize(await host.register(client={"name": NAME}))
    response = await host.decide(page)
    other = await host.http.get("/oauth/device", headers={"cookie": "user=alice"})

    assert f"<p>{ESCAPED} for Alice at /oauth/authorize</p>" in page.text.replace("&#x2f;", "/")
    assert "<i>See who you are</i>" in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert redirect_parameters(response)["code"]
    assert 'name="user_code"' in other.text


async def test_litestar_s_functions_work_in_the_pages(start: Start, folder: Path) -> None:
    """So a layout can link to the application's routes."""
    (folder / "base.html").write_text("{{ url_for('me') }}|{{ csrf_token() }}")
    (folder / "qscope/error.html").write_text('{% extends "base.html" %}')
    config: Any = TemplateConfig(directory=folder, engine=JinjaTemplateEngine)
    host = await start("litestar", options={"template_config": config})

    page = await host.http.get("/oauth/authorize")

    assert page.status_code == 400
    assert page.text == "/api/me|"


async def test_the_settings_take_precedence_over_litestar_s_engine(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    """They are specific to these pages."""
    settings = tmp_path / "settings"
    (settings / "qscope").mkdir(parents=True)
    (settings / "qscope/consent.html").write_text("From the settings")
    config: Any = TemplateConfig(directory=folder, engine=JinjaTemplateEngine)
    host = await start(
        "litestar",
        options={"template_config": config},
        templates=Environment(loader=FileSystemLoader(settings)),
    )

    page = await host.authorize(await host.register())

    assert page.text == "From the settings"
