"""What notebooks use: participants' files and a key -> tables, figures and all results, in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ScoringError
from .files.collect import Collection, collect, files_in
from .files.exclusions import Exclusions, read_exclusions
from .files.key import Key, read_key
from .files.unfinished import partial_beside, partial_in, read_unfinished

if TYPE_CHECKING:
    import pandas as pd

    from .report.drawing import Drawing

Progress = Callable[[str, int, int], None]  # what, done, of how many (0: not known)

__all__ = ["Scores", "ScoringError", "score"]


@dataclass(frozen=True, repr=False)
class Scores:
    """All results of a study; notebooks show the I-metric of each condition.

    summary: docs/scoring.md describes it; participants, trials: a row for each person, and for each answered question.
    """

    collection: Collection
    summary: dict[str, Any]
    participants: pd.DataFrame
    trials: pd.DataFrame

    @property
    def rejected(self) -> list[tuple[str, str]]:
        """(file, why) of files that were not used."""
        return self.collection.rejected

    @property
    def figures(self) -> dict[str, Drawing]:
        """The report's figures by name, each drawn when it is shown or saved."""
        from .report.drawing import Drawing
        from .report.folder import drawings

        drawn = drawings(self.summary, self.participants, self.trials, self.collection.key.conditions)
        return {name: Drawing(draw) for name, draw in drawn.items()}

    @property
    def title(self) -> str:
        return f"I-metric of study {self.summary['study_id']}, correct answers of {self.summary['possible']}"

    def rows(self) -> Sequence[tuple[str, ...]]:
        """A heading, and for each condition what its participants scored."""
        from .report.numbers import interval, number, p_value

        head = ("condition", "n", "mean", "SD", "range", "95 % interval", "p (chance)")
        return [head, *(
            (
                f"{e['experiment']} {e['name']}", str(e["participants"]), number(e["mean"], 1), number(e["sd"], 1),
                f"{e['min']:g}–{e['max']:g}", interval(e["interval"], 1), p_value(e["p_chance"]),
            )
            for e in self.summary["included"]["experiments"]
        )]  # fmt: skip

    def __repr__(self) -> str:
        return "\n".join([self.title, *("  ".join(row) for row in self.rows())])

    def _repr_html_(self) -> str:
        head, *rows = self.rows()
        lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        headings = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        return f"<table><caption>{escape(self.title)}</caption><tr>{headings}</tr>{lines}</table>"

    def write_report(
        self, folder: str | Path, progress: Callable[[str], None] = lambda _: None, written_at: datetime | None = None
    ) -> list[Path]:
        """Write report.html, figures and tables into a folder; returns their paths.

        written_at: said on the page, which then loads itself anew while data come in.
        """
        from .report.folder import write_report

        return write_report(
            Path(folder), self.collection, self.summary, self.participants, self.trials, progress, written_at
        )  # fmt: skip


def score(
    files: str | Path | Sequence[str | Path],
    key: str | Path | Key | None = None,
    *,
    private: str | Path = "private",
    seed: int = 1,
    exclusions: str | Path | Exclusions | None = None,
    partial: str | Path | None = None,
    progress: Progress | None = None,
) -> Scores:
    """Participants' files, or folders of them -> all results; key: None: the one that the files name, in `private`.

    exclusions: a TOML file of rules, or the rules; partial: a folder of unfinished sessions, None: the one of the
    collector's folder, if the files are of one; seed: of every random draw. Raises ScoringError.
    """
    from .analysis.results import analyse

    told = progress or (lambda what, done, total: None)
    rules = exclusions if isinstance(exclusions, Exclusions) else Exclusions()
    if isinstance(exclusions, (str, Path)):
        rules = read_exclusions(Path(exclusions))
    answers = read_key(Path(key)) if isinstance(key, (str, Path)) else key
    named = [Path(files)] if isinstance(files, (str, Path)) else [Path(each) for each in files]
    begun = partial_beside(named) if partial is None else partial_in(Path(partial))
    paths = files_in(named)
    read = 0

    def advance() -> None:
        nonlocal read
        read += 1
        told("reading", read, len(paths))

    collection = collect(paths, answers, Path(private), advance)
    if begun is not None:
        finished = [each.session_id for each in (*collection.responses, *collection.observers)]
        collection.unfinished = read_unfinished(begun, collection.key, finished)
    return Scores(collection, *analyse(collection, rules, seed, lambda what: told(what, 0, 0)))
