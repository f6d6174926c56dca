"""The check of `make lint` rejects a planted word or phrase, and accepts plain English."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.prose.__main__ import main

WORDS = Path(__file__).with_name("words.txt")


@pytest.mark.parametrize(
    ("name", "text", "phrase"),
    [
        ("a.md", "The page shows\nthe answer of the server.\n", "a.md:2: the answer ==> "),
        ("a.py", "# A pool with a connection of\n# its own.\n", "a.py:1: of # its own ==> "),
        ("a.py", 'TEXT = "This is a good"\n" refresh token."\n', "a.py:1: good"),
        ("a.sql", "-- Statements are\n-- told the time.\n", "a.sql:1: are -- told ==> "),
        ("a.html", "<p>It works, too.</p>\n", "a.html:1: , too ==> "),
    ],
)
def test_phrase_is_rejected_even_across_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, phrase: str
) -> None:
    """A comment or a string literal may continue on the next line."""
    (tmp_path / name).write_text(text)

    code = main([str(tmp_path)])

    assert code == 1
    assert f"{tmp_path}/{phrase}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        "Handlers that answer in time never block: the server answers at once.",
        "It gives up after 5 s, and gives the reason.",
        "Too many tokens, too few clients.",
        "A pool with a connection of its own. <!-- codespell:ignore -->",
    ],
)
def test_plain_english_is_accepted(tmp_path: Path, text: str) -> None:
    """Verbs and idioms that only resemble a phrase stay allowed."""
    (tmp_path / "a.md").write_text(text)

    assert main([str(tmp_path)]) == 0


def test_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    """A typo in the list of paths must not pass as clean."""
    with pytest.raises(FileNotFoundError):
        main([str(tmp_path / "missing")])


@pytest.mark.parametrize("word", ["nobody", "whoever", "recieve"])
def test_word_is_rejected_by_codespell(tmp_path: Path, word: str) -> None:
    """Codespell knows the banned words besides common misspellings."""
    (tmp_path / "a.md").write_text(f"Here is {word}.")

    checked = subprocess.run(
        [Path(sys.executable).with_name("codespell"), "-D", "-", "-D", WORDS, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode != 0
    assert word in checked.stdout
