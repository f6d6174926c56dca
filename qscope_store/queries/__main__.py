"""Prints every statement of the store: `python -m qscope_store.queries`."""

import sys

from qscope_store.queries import render_all

sys.stdout.write(render_all())
