"""What the figures share: sizes, ink, fonts, and how one becomes a file."""

from __future__ import annotations

import base64
import io
import textwrap
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

COLUMN, PAGE = 3.4, 7.0  # inches: one column and the whole width of a two-column page
INK, QUIET, FAINT = "#1a1a1a", "#5c5c5c", "#d9d9d9"
_FONTS = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo", "AppleGothic")


@contextmanager
def style():
    """While it lasts, figures are drawn in the sizes, fonts and inks of the report."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    fonts = ["DejaVu Sans", *(name for name in _FONTS if name in known)]
    settings = {
        "font.family": fonts, "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "xtick.labelsize": 7,
        "ytick.labelsize": 7, "axes.edgecolor": QUIET, "axes.labelcolor": INK, "text.color": INK, "xtick.color": QUIET,
        "ytick.color": QUIET, "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.linewidth": 0.6,
        "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5, "ytick.major.size": 2.5,
        "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "none", "svg.hashsalt": "imetric",
        "text.parse_math": False, "axes.titlelocation": "left", "axes.unicode_minus": True,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        yield


def png(draw: Callable[[], Figure]) -> bytes:
    """A figure at 300 dots per inch."""
    return _bytes(draw, "png")


def svg(draw: Callable[[], Figure]) -> bytes:
    """A figure as SVG with its text as text."""
    return _bytes(draw, "svg")


def _bytes(draw: Callable[[], Figure], kind: str) -> bytes:
    with style():
        figure = draw()
        canvas = FigureCanvasAgg(figure) if kind == "png" else FigureCanvasSVG(figure)
        file = io.BytesIO()
        metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
        canvas.print_figure(
            file, format=kind, dpi=300, facecolor="white", bbox_inches="tight", pad_inches=0.04, metadata=metadata
        )
    return file.getvalue()


@dataclass(frozen=True)
class Drawing:
    """A figure that notebooks show, drawn when it is asked for."""

    draw: Callable[[], Figure]

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        content = png(self.draw)
        return content, {"width": round(int.from_bytes(content[16:20], "big") * 110 / 300)}

    def save(self, path: str | Path) -> None:
        """Write it as SVG or PNG, as the name ends."""
        path = Path(path)
        path.write_bytes(svg(self.draw) if path.suffix == ".svg" else png(self.draw))


def files_of(drawings: Mapping[str, Callable[[], Figure]]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Figures by name -> their files (figures/NAME.svg and .png), and their SVG as data addresses by name."""
    files: dict[str, bytes] = {}
    addresses = {}
    for name, draw in drawings.items():
        files[f"figures/{name}.svg"], files[f"figures/{name}.png"] = svg(draw), png(draw)
        addresses[name] = "data:image/svg+xml;base64," + base64.b64encode(files[f"figures/{name}.svg"]).decode()
    return files, addresses


def wrapped(text: str, width: int) -> str:
    """The text in lines of at most so many characters, broken between words."""
    return "\n".join(textwrap.wrap(text, width)) or text


def difference_label(pair: Sequence[int | str], width: int) -> str:
    """'3 − 1', the second less the first as results name them; long names on two lines."""
    first, second = map(str, pair)
    return f"{second} − {first}" if len(first) + len(second) + 3 <= width else f"{second}\n− {first}"


def rows_of(axis: Axes, labels: Sequence[str]) -> None:
    """Make an axis of rows, the first on top, each with its label."""
    axis.set_yticks(range(len(labels)), labels)
    axis.set_ylim(len(labels) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)


def chance_line(axis: Axes, at: float, *, horizontal: bool = False) -> None:
    """A quiet dashed line at what blind picking gives, behind everything."""
    line = axis.axhline if horizontal else axis.axvline
    line(at, color=QUIET, linewidth=0.8, linestyle=(0, (2, 1.4)), zorder=0)
