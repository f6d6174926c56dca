"""An application's templates in isolation; `tests/frameworks/test_pages.py` renders pages."""

from pathlib import Path

from jinja2 import DictLoader, Environment, FileSystemBytecodeCache

from qscope_integrations.core.pages.templates import JinjaTemplates


def test_what_the_host_compiled_without_escaping_escapes_here(tmp_path: Path) -> None:
    """QScopeConfig.templates: including a cached layout that other pages share."""
    pages = {
        "layout.html": "{{ client_name }}{% block content %}{% endblock %}",
        "qscope/consent.html": "{% extends 'layout.html' %}",
    }
    environment = Environment(
        loader=DictLoader(pages),
        autoescape=False,
        bytecode_cache=FileSystemBytecodeCache(str(tmp_path)),
    )
    values = {"client_name": "<b>"}
    assert environment.get_template("layout.html").render(values) == "<b>"

    text = JinjaTemplates(environment).render("qscope/consent.html", values)

    assert text == "&lt;b&gt;"
