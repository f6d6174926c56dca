"""Why an application could not be loaded, without the text of its exception.

The text may contain configuration values, such as a malformed key or the password in a database
URL. The description consists only of names from the code.
"""

import sysconfig
from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import Final

from qscope_integrations.core.kernel.settings import ConfigurationError

_INSTALLED: Final = (
    "<frozen",
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
)
_OURS: Final = {"qscope_integrations", "qscope_store"}


def describe(error: BaseException, *, module: str, attribute: str) -> str:
    """The exception's type, and where in your application's code it was raised."""
    where = _place(error, module)
    if isinstance(error, ConfigurationError):
        return str(error)  # qscope's text, which contains no secret
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"there is no module {error.name}{where}"
    if isinstance(error, AttributeError) and not where:
        return f"there is no {attribute} in {module}"
    return f"{type(error).__name__}{where}"


def _place(error: BaseException, module: str) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return _line(error.filename, error.lineno)
    package = module.partition(".")[0]
    lines = [
        _line(frame.f_code.co_filename, number)
        for frame, number in walk_tb(error.__traceback__)
        if _is_of_application(frame, package)
    ]
    return lines[-1] if lines else ""


def _is_of_application(frame: FrameType, package: str) -> bool:
    """Whether the code belongs to the named package, or at least to no installed one."""
    owner = str(frame.f_globals.get("__name__")).partition(".")[0]
    if owner == package:
        return True
    return owner not in _OURS and not frame.f_code.co_filename.startswith(_INSTALLED)


def _line(filename: str, number: int | None) -> str:
    path, here = Path(filename), Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return f" ({shown}, line {number})"
