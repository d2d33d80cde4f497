"""Folders of pictures: every kind of file people have, and what is said about those that cannot be used."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.errors import StudyError
from generator.pictures import PictureSet, load_pictures
from generator.pictures.folder import square
from generator.pictures.pixels import Pixels
from generator.pictures.sources import FileSource
from generator.store import Store
from generator.study import DataSettings
from generator.world.painter import paint

RED, BLUE = (220, 30, 30), (30, 30, 220)


def halves(width: int = 64, height: int = 48) -> Image.Image:
    """Left half red, right half blue."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def load(folder: Path, tmp_path: Path, size: int = 32):
    return load_pictures(DataSettings(kind="folder", path=folder), size, 0, Store(tmp_path / "store"), lambda *_: None)


def loaded(folder: Path, tmp_path: Path) -> tuple[PictureSet, int]:
    """The pictures, and how many parts of them had to be made."""
    store = Store(tmp_path / "store")
    return load_pictures(DataSettings(kind="folder", path=folder), 32, 0, store, lambda *_: None), store.written


def test_every_mode_becomes_the_same_colours(tmp_path: Path) -> None:
    base = halves()
    rgba = base.convert("RGBA")
    variants = {
        "rgb": base, "rgba": rgba, "palette": base.convert("P", palette=Image.Palette.ADAPTIVE), "cmyk": base.convert("CMYK"),
    }  # fmt: skip
    for name, picture in variants.items():
        made = square(picture, 32)
        assert made.shape == (32, 32, 3) and made.dtype == np.uint8, name
        assert np.abs(made[16, 4].astype(int) - RED).max() <= 3, name
        assert np.abs(made[16, 28].astype(int) - BLUE).max() <= 3, name


def test_grey_sixteen_bit_and_transparency() -> None:
    assert square(Image.new("L", (40, 40), 77), 32)[5, 5].tolist() == [77] * 3
    sixteen = Image.fromarray(np.full((40, 40), 77 * 257, np.uint16))
    assert square(sixteen, 32)[5, 5].tolist() == [77] * 3
    assert square(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), 32)[5, 5].tolist() == [255] * 3


def test_the_middle_is_kept_and_pictures_of_the_right_size_are_left_alone() -> None:
    wide = Image.new("RGB", (300, 100), RED)
    wide.paste(BLUE, (100, 0, 200, 100))
    assert (square(wide, 56)[:, :, 2] > 200).all()
    exact = np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)
    np.testing.assert_array_equal(square(Image.fromarray(exact), 32), exact)


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter: what is left in the file is on top
    halves(64, 64).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    with Image.open(tmp_path / "turned.jpg") as picture:
        made = square(picture, 32)
    assert made[4, 16, 0] > 150 > made[28, 16, 0]


def test_subfolders_are_classes_and_bad_files_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name in ("cats/a.png", "cats/deep/b.jpg", "dogs/c.webp"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        halves().save(folder / name)
    (folder / "dogs/cut.jpg").write_bytes((folder / "cats/deep/b.jpg").read_bytes()[:400])
    (folder / "dogs/text.png").write_text("no picture")
    (folder / "dogs/notes.txt").write_text("ignored")
    pictures = load(folder, tmp_path)
    assert pictures.names == ("cats/a.png", "cats/deep/b.jpg", "dogs/c.webp")
    assert pictures.classes == ("cats", "dogs") and pictures.labels.tolist() == [0, 0, 1]
    assert [name for name, _ in pictures.skipped] == ["dogs/cut.jpg", "dogs/text.png"]
    assert all(reason for _, reason in pictures.skipped)
    again, written = loaded(folder, tmp_path)
    assert written == 0 and again.skipped == pictures.skipped and again.digest == pictures.digest
    (folder / "dogs/c.webp").unlink()
    assert loaded(folder, tmp_path)[1] == 1


def test_a_flat_folder_is_one_class(tmp_path: Path) -> None:
    (tmp_path / "flat").mkdir()
    halves().save(tmp_path / "flat" / "a.png")
    assert load(tmp_path / "flat", tmp_path).classes == ("flat",)


def test_unusable_folders_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="^picture folder .*none does not exist$"):
        load(tmp_path / "none", tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudyError) as caught:
        load(tmp_path / "empty", tmp_path)
    assert str(caught.value) == (
        f"picture folder {tmp_path / 'empty'} holds no pictures; .jpg, .jpeg, .png, .webp files are read, in subfolders and "
        ".tar shards too"
    )
    (tmp_path / "empty" / "bad.png").write_text("no picture")
    with pytest.raises(StudyError, match=r"^none of the 1 pictures in .* can be read; the first, bad.png: "):
        load(tmp_path / "empty", tmp_path)


def test_hidden_folders_are_no_classes_and_strips_stay_small(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name in ("cats/a.png", ".thumbnails/b.png", "__MACOSX/._c.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        halves().save(folder / name)
    assert load(folder, tmp_path).names == ("cats/a.png",)
    strip = Image.new("RGB", (30_000, 3), RED)
    strip.paste(BLUE, (14_000, 0, 16_000, 3))
    assert square(strip, 32)[16].tolist() == [list(BLUE)] * 32
    assert square(strip.transpose(Image.Transpose.ROTATE_90), 32)[:, 16].tolist() == [list(BLUE)] * 32


def test_many_pictures_are_read_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.pictures.loading.PART", 3)
    monkeypatch.setattr("generator.pictures.loading.TOGETHER", 2)
    folder = tmp_path / "in"
    folder.mkdir()
    shades = np.random.default_rng(0).integers(0, 255, (8, 32, 32, 3), np.uint8)
    for k in range(8):
        Image.fromarray(shades[k]).save(folder / f"{k}.png")
    (folder / "4.png").write_text("no picture")
    first = load(folder, tmp_path)
    expected = np.delete(shades, 4, axis=0)
    assert first.pixels.shape == (7, 32, 32, 3) and len(first.pixels) == 7
    assert [len(part) for part in first.parts] == [3, 2, 2]
    assert not [p for p in (tmp_path / "store").rglob("*.safetensors") if p.stat().st_size > 1000], "no pixels are kept"
    np.testing.assert_array_equal(first.pixels[:], expected)
    np.testing.assert_array_equal(first.pixels[2:6], expected[2:6])
    np.testing.assert_array_equal(first.pixels[::-3], expected[::-3])
    np.testing.assert_array_equal(first.pixels[[6, 0, 3]], expected[[6, 0, 3]])
    np.testing.assert_array_equal(first.pixels[-1], expected[-1])
    assert first.pixels[5:5].shape == (0, 32, 32, 3) and len(list(first.pixels)) == 7
    with pytest.raises(IndexError, match="^picture 7 of 7$"):
        first.pixels[7]
    assert first.skipped == (("4.png", "not a picture"),)

    read: list[int] = []
    halves().save(folder / "7.png")  # another picture under the last name: only the last part is read again
    store = Store(tmp_path / "store")
    again = load_pictures(DataSettings(kind="folder", path=folder), 32, 0, store, lambda done, _: read.append(done))
    assert read == [8] and store.written == 1 and again.digest != first.digest
    np.testing.assert_array_equal(again.pixels.hashes[:6], first.pixels.hashes[:6])
    with pytest.raises(StudyError, match="^picture 7.png has changed since it was read: run the same command again$"):
        Pixels(first.pixels.sources, 32, first.pixels.hashes)[6]
    (folder / "7.png").unlink()
    with pytest.raises(StudyError, match="^picture 7.png cannot be read any more: No such file or directory$"):
        Pixels(again.pixels.sources, 32, again.pixels.hashes)[6]
    monkeypatch.setattr("generator.pictures.loading.PART", 8)
    assert load(folder, tmp_path).digest != again.digest
    halves().save(folder / "7.png")
    assert load(folder, tmp_path).digest == again.digest, "whatever the parts"


def test_pictures_that_are_others_again_are_named_and_stay(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in "abc":
        halves().save(folder / f"{name}.png")
    Image.new("RGB", (32, 32), RED).save(folder / "red.png")
    pictures = load(folder, tmp_path)
    assert len(pictures) == 4 and pictures.duplicates == (("b.png", "a.png"), ("c.png", "a.png"))
    assert pictures.describe_duplicates() == (
        "2 pictures are others again, pixel by pixel: b.png (a.png); c.png (a.png)"
    )


def shard(path: Path, members: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def test_tar_shards_hold_what_the_files_in_them_hold(tmp_path: Path) -> None:
    """Classes from .cls, from .json, from the key's folder, from the shard's, and a member that is no picture."""
    red, blue = (Image.new("RGB", (48, 40), colour) for colour in (RED, BLUE))
    shard(tmp_path / "in" / "first.tar", {
        "0001.jpg": encoded(red, "JPEG"), "0001.cls": b"7", "0002.json": b'{"label": "frog"}', "0002.png": encoded(blue),
        "newt/0003.v1.txt": b"a caption", "newt/0003.png": encoded(halves()), "0004.png": b"no picture", ".hidden.png": b"",
    })  # fmt: skip
    shard(tmp_path / "in" / "crabs" / "second.tar", {"0001.webp": encoded(red, "WEBP"), "0001.json": b"[]"})
    halves().save(tmp_path / "in" / "crabs" / "loose.png")
    pictures = load(tmp_path / "in", tmp_path)
    assert pictures.names == (
        "crabs/loose.png", "crabs/second.tar/0001.webp", "first.tar/0001.jpg", "first.tar/0002.png",
        "first.tar/newt/0003.png",
    )  # fmt: skip
    assert [pictures.classes[k] for k in pictures.labels] == ["crabs", "crabs", "7", "frog", "newt"]
    assert pictures.skipped == (("first.tar/0004.png", "not a picture"),)
    np.testing.assert_array_equal(pictures.pixels[3], square(blue, 32))
    np.testing.assert_array_equal(pictures.pixels[4], square(halves(), 32))
    assert load(tmp_path / "in", tmp_path).digest == pictures.digest


def test_a_shard_that_is_cut_short_is_told(tmp_path: Path) -> None:
    whole = tmp_path / "in" / "whole.tar"
    shard(whole, {f"{k}.png": encoded(halves(400, 400)) for k in range(3)})
    cut = tmp_path / "in" / "cut.tar"
    cut.write_bytes(whole.read_bytes()[:700])
    with pytest.raises(StudyError, match=f"^tar shard {cut} cannot be read: unexpected end of data$"):
        load(tmp_path / "in", tmp_path)
    cut.write_bytes(b"no archive at all" * 100)
    with pytest.raises(StudyError) as caught:
        load(tmp_path / "in", tmp_path)
    assert str(caught.value).startswith(f"tar shard {cut} cannot be read: ")


def test_the_creature_world_is_painted_one_picture_at_a_time(tmp_path: Path) -> None:
    read: list[float] = []
    store = Store(tmp_path / "store")
    world = load_pictures(DataSettings(per_class=3), 32, 5, store, lambda done, _: read.append(done))
    assert len(world) == 27 and read[-1] == 27 and world.names[3:5] == ("cat/00000", "cat/00001")
    np.testing.assert_array_equal(world.pixels[4], paint("cat", 1, seed=5, size=32).pixels)
    again = load_pictures(DataSettings(per_class=3), 32, 5, Store(tmp_path / "store"), lambda *_: pytest.fail("read"))
    assert again.digest == world.digest


def test_files_are_hashed_again_only_where_something_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    hashed: list[str] = []
    digest = FileSource.digest

    def counted(self: FileSource) -> object:
        hashed.append(self.name)
        return digest(self)

    monkeypatch.setattr(FileSource, "digest", counted)
    for name in "ab":
        halves().save(folder / f"{name}.png")
    first = load(folder, tmp_path)
    load(folder, tmp_path)
    assert hashed == ["a.png", "b.png"] * 2, "just written: they may be written again within the same moment"
    for name in "ab":
        os.utime(folder / f"{name}.png", (1e9, 1e9))
    hashed.clear()
    assert [load(folder, tmp_path).digest for _ in range(2)] == [first.digest] * 2 and hashed == ["a.png", "b.png"]
    Image.new("RGB", (20, 20), BLUE).save(folder / "b.png")
    os.utime(folder / "b.png", (2e9, 1e9))
    hashed.clear()
    assert load(folder, tmp_path).digest != first.digest and hashed == ["a.png", "b.png"]
