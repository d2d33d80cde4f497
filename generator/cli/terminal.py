"""What commands show: lines and tables on the terminal, a progress bar for each stage. All of it goes to stderr."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)  # fmt: skip
from rich.table import Column, Table
from rich.text import Text

from ..progress import StageReport

console = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """One line as it is, however long: what looks like markup may be the name of a file."""
    console.print(line, markup=False, soft_wrap=True)


def plain_table(title: str, **options: Any) -> Table:
    """A table without lines, as commands end with."""
    return Table(title=title, title_justify="left", box=None, pad_edge=False, **options)


class Rate(ProgressColumn):
    """Finished units per second, in each task's own unit."""

    def __init__(self) -> None:
        super().__init__(table_column=Column(no_wrap=True))

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{speed:,.{0 if speed >= 10 else 1}f} {task.fields.get('unit', '')}/s", style="dim")


def progress_bars() -> Progress:
    """Bars that are gone when they end; none where nobody watches. A task's field `unit` says what it counts in."""
    return Progress(
        TextColumn("{task.description:<14}"), BarColumn(32), TextColumn("{task.percentage:>3.0f}%"), Rate(),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    )  # fmt: skip


class TerminalReporter:
    """A progress bar for each stage of a build, and a line when it ends; none is left behind after `with`."""

    def __init__(self) -> None:
        self._progress = progress_bars()
        self._task: TaskID | None = None

    def __enter__(self) -> TerminalReporter:
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, stage: str, unit: str) -> None:
        self._progress = progress_bars()
        self._progress.start()
        self._task = self._progress.add_task(stage, total=None, unit=unit)

    def advance(self, done: float, total: float) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def end(self, stage: StageReport) -> None:
        self._progress.stop()
        how = "kept" if stage.cached else f"{stage.seconds:.1f} s"
        console.print(f"[green]✓[/] {stage.name:<14} [dim]{how:>8}[/]  {stage.result}", markup=True)

    def warn(self, sentence: str) -> None:
        self._progress.console.print(f"note: {sentence}", style="yellow", markup=False)
