"""Pictures in rows with titles and captions -> one image: what notebooks show, and contact sheets."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GAP, TITLE, CAPTION = 6, 20, 16  # pixels between pictures, and heights of the lines above and below them
INK = (40, 40, 40)
SHARP = 2  # pixels of an image for each that a notebook shows it at, so that words are sharp on any screen
QUALITY = 84  # of JPEG


@dataclass(frozen=True)
class Row:
    """Pictures uint8 [S, S, 3] beside each other, a title above them and, if any, a caption below each."""

    title: str
    pictures: Sequence[np.ndarray]
    captions: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """Rows of pictures under each other. Notebooks show it; as text it is its titles and captions."""

    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        return "\n".join(f"{row.title}: {', '.join(row.captions)}" if row.captions else row.title for row in self.rows)

    def image(self, side: int = 104, scale: int = 1) -> Image.Image:
        """The sheet on white. side: of each picture; scale: everything so many times as large, words included."""
        font, small = (ImageFont.load_default(size * scale) for size in (13, 11))
        side, gap, line, caption = (length * scale for length in (side, GAP, TITLE, CAPTION))
        columns = max((len(row.pictures) for row in self.rows), default=0)
        heights = [side + gap + line + (caption if row.captions else 0) for row in self.rows]
        sheet = Image.new("RGB", (max(columns * (side + gap) + gap, side), sum(heights) + gap), "white")
        draw, top = ImageDraw.Draw(sheet), gap
        for row, height in zip(self.rows, heights, strict=True):
            draw.text((gap, top), row.title, fill=INK, font=font)
            for k, picture in enumerate(row.pictures):
                shown = Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)
                left = gap + k * (side + gap)
                sheet.paste(shown, (left, top + line))
                if row.captions:
                    words = _that_fit(row.captions[k], side, small)
                    draw.text((left, top + line + side + scale), words, fill=INK, font=small)
            top += height
        return sheet

    def _repr_jpeg_(self) -> tuple[bytes, dict[str, int]]:
        """What a notebook shows: JPEG, and how wide."""
        image, file = self.image(scale=SHARP), io.BytesIO()
        image.save(file, "JPEG", quality=QUALITY, optimize=True)
        return file.getvalue(), {"width": image.width // SHARP, "height": image.height // SHARP}


class Shown:
    """What notebooks show as a sheet of pictures."""

    @property
    def sheet(self) -> Sheet:
        """The pictures with their titles and captions."""
        raise NotImplementedError

    def _repr_jpeg_(self) -> tuple[bytes, dict[str, int]]:
        return self.sheet._repr_jpeg_()


def _that_fit(words: str, width: int, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> str:
    """As many characters of a caption as fit below its picture."""
    if font.getlength(words) <= width:
        return words
    return next((f"{words[:k]}..." for k in range(len(words), 0, -1) if font.getlength(f"{words[:k]}...") <= width), "")
