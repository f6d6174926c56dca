"""Templates of your own, in the layout of the bundled pages."""

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from qscope_integrations import bundled_loader

FOLDER = Path(__file__).with_name("templates")

templates = Environment(
    loader=ChoiceLoader([FileSystemLoader(FOLDER), bundled_loader()]), autoescape=True
)
