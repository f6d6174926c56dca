"""The template of docs/how-to/pages.md, in a running application."""

from pathlib import Path

import pytest

from tests.examples.own_pages import templates
from tests.host import redirect_parameters, running_host

pytestmark = pytest.mark.anyio


async def test_a_template_extends_the_bundled_layout(tmp_path: Path) -> None:
    """`bundled_loader` provides the layout and the parts; the form works as in the bundled page."""
    async with running_host(tmp_path / "a.db", templates=templates) as host:
        page = await host.authorize(await host.register())

        response = await host.decide(page)

        assert "<h1>Connect Notes App?</h1>" in page.text
        assert '<meta name="robots" content="noindex">' in page.text
        assert "Read your notes" in page.text
        assert "code" in redirect_parameters(response)


async def test_the_template_shows_the_notice_of_a_request_that_changed(tmp_path: Path) -> None:
    """The user reads the request again, and the page says why."""
    async with running_host(tmp_path / "a.db", templates=templates) as host:
        client = await host.register()
        page = await host.authorize(client)
        await host.update_client(client, name="Notes Premium")

        again = await host.decide(page)

        assert '<p role="alert">' not in page.text
        assert '<p role="alert">' in again.text
        assert "<h1>Connect Notes Premium?</h1>" in again.text
