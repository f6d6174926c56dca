"""Hooks in the order of their registration; Authlib keeps them in a set, in no order."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any


class OrderedHooks:
    """Mixed into a grant or server, before Authlib's class."""

    _hooks: defaultdict[str, Any]

    def register_hook(self, hook_type: str, hook: Callable[..., None]) -> None:
        """Call `hook` at this place, after those registered before."""
        self._hooks.setdefault(hook_type, {})[hook] = None
