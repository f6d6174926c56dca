"""The page in the documentation is made from the stored run alone."""

from benchmarks.__main__ import PAGE, RESULTS
from benchmarks.picture import picture
from benchmarks.report import page
from benchmarks.results import Results


def test_the_page_equals_its_run():
    """No figure is written by hand; `python -m benchmarks --render` renders the page again."""
    results = Results.read(RESULTS)

    assert PAGE.read_text() == page(results)
    assert PAGE.with_suffix(".svg").read_text() == picture(results)


def test_results_come_back_as_they_were_kept(tmp_path):
    """The page is made from the file, so the file must contain the whole run."""
    results = Results.read(RESULTS)

    results.write(tmp_path / "results.json")

    assert Results.read(tmp_path / "results.json") == results
