"""docs/tour.ipynb, cell by cell as a notebook runs it: everything it promises to show is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHOWN = ["text/plain", "image/jpeg", "image/jpeg", "image/jpeg", "image/jpeg", "image/jpeg", "text/html", "text/html",
         "text/html", "image/png"]  # fmt: skip


@pytest.mark.slow
def test_the_tour_runs_and_shows_what_the_page_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    kept = nbformat.read(ROOT / "docs" / "tour.ipynb", 4)
    run = nbformat.read(ROOT / "docs" / "tour.ipynb", 4)
    client.NotebookClient(run, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    for notebook in (kept, run):
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert len(cells) == len(SHOWN) == 10
        for cell, kind in zip(cells, SHOWN, strict=True):
            (output,) = cell.outputs
            assert kind in output.get("data", {"text/plain": ""}), cell.source
    assert (ROOT / "docs" / "tour.ipynb").stat().st_size < 1_000_000
    assert (tmp_path / "tour" / "dist" / "exp3" / "index.html").is_file()
