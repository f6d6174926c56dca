"""The templates of a host, by themselves; `tests/frameworks/test_pages.py` has them in pages."""

from pathlib import Path

from jinja2 import DictLoader, Environment, FileSystemBytecodeCache

from qscope_integrations.core.pages.templates import JinjaTemplates


def test_what_the_host_compiled_without_escaping_escapes_here(tmp_path: Path) -> None:
    """QScopeConfig.templates: also a layout that its other pages share, and that it caches."""
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
