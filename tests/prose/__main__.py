"""Reject the phrases below: `python -m tests.prose README.md docs ...`.

codespell checks single words against its dictionary and `words.txt`; this module checks phrases,
which may continue on the next line. Both skip the files of `tool.codespell.skip` in pyproject.toml
and lines with a `codespell:ignore` comment.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

PYPROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"
SUFFIXES: Final = {"", ".html", ".md", ".mjs", ".py", ".sql", ".toml", ".yml"}

# A space, or the end of a line with what separates it from the next one in a comment, a quotation
# or a string literal.
_GAP: Final = r'(?:[ \t]+|[ \t]*"?[ \t]*\n[ \t]*(?:\#|--|>|f?")?[ \t]*)'
_TO_BE: Final = "(?:is|are|was|were|be|been)"
_KIND: Final = "(?:access|refresh|bearer|client|device)"
_CREDENTIAL: Final = "(?:token|code|secret|credential|grant|assertion)s?"

PHRASES: Final = (
    (r"(?:an|the|its|their|every|no|this|our|your|any) answer", "response, result"),
    (r"an? [\w-]+ answer", "response, result"),
    (r"(?:the|its|their|no|any|all|of) answers", "responses, results"),
    (r"gives(?! (?:up|way|(?:a|the|its) reasons?))", "returns, provides, states"),
    (rf"(?:good|dead) (?:{_KIND} )?{_CREDENTIAL}", "valid, revoked"),
    (rf"{_CREDENTIAL} (?:{_TO_BE}|stays?) (?:still )?(?:good|dead|alive)", "valid, revoked"),
    (rf"(?:{_TO_BE}|still) good (?:once|until|for|there)", "valid, used once"),
    (r', too(?=[,.;:!?)"])', "also, as well"),
    (r"of (?:its|their|one's) own", "its own ..., separate, custom"),
    (rf"{_TO_BE} told", "receives, is passed, sees"),
    (r"look(?:s|ed|ing)? after", "manage, maintain"),
    (r"ha(?:s|ve) to be (?:there|good)", "must exist, must be valid"),
    (r"who is there", "the signed-in user"),
    (rf"{_TO_BE} looked (?:at|for)", "is checked, is looked up"),
    (r"comes? fresh", "newcomer"),
    (rf"{_TO_BE} (?:of )?no use", "is invalid, is unusable"),
    (r"can not", "cannot"),
    (r"for ever", "forever"),
)
_PATTERNS: Final = tuple(
    (re.compile(rf"(?:\b|(?=,)){phrase.replace(' ', _GAP)}(?!\w)", re.IGNORECASE), advice)
    for phrase, advice in PHRASES
)


def main(paths: list[str]) -> int:
    """Print each banned phrase in the files and directories; return 1 if there is any."""
    config = tomllib.loads(PYPROJECT.read_text("utf-8"))
    skipped = config["tool"]["codespell"]["skip"].split(",")
    found = [line for path in files(paths, skipped) for line in findings(path)]
    for line in found:
        print(line)
    return 1 if found else 0


def files(paths: list[str], skipped: list[str]) -> Iterator[Path]:
    """The text files at and below the paths. Raises `FileNotFoundError`."""
    for name in paths:
        path = Path(name)
        if not path.exists():
            raise FileNotFoundError(name)
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            is_text = file.is_file() and file.suffix in SUFFIXES
            if is_text and not any(fnmatch(str(file), pattern) for pattern in skipped):
                yield file


def findings(path: Path) -> Iterator[str]:
    """A line `path:number: phrase ==> advice` for each banned phrase."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    for pattern, advice in _PATTERNS:
        for match in pattern.finditer(text):
            number = text.count("\n", 0, match.start()) + 1
            if "codespell:ignore" not in lines[number - 1]:
                phrase = " ".join(match[0].split())
                yield f"{path}:{number}: {phrase} ==> {advice}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
