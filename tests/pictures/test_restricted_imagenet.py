"""Restricted ImageNet and debiasing, on a small folder in the layout of ILSVRC2012's validation pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torchvision.transforms as T
from PIL import Image

from generator.errors import StudyError
from generator.pictures import load_pictures
from generator.pictures.debias import debias
from generator.pictures.restricted_imagenet import RANGES, WORDNET, evaluation_crop
from generator.store import Store
from generator.study import DataSettings, load_study
from tests.small_study import picture


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """val/ with two pictures for each of the 203 classes, and one class that is in no kind."""
    folder = tmp_path_factory.mktemp("ILSVRC2012")
    for number, wordnet in enumerate([*sum(WORDNET.values(), ()), "n01440764"]):
        place = folder / "val" / wordnet
        place.mkdir(parents=True)
        for k in range(2):
            shown = Image.fromarray(picture(2 * number + k)).resize((48, 36 + k * 24))
            shown.save(place / f"ILSVRC2012_val_{2 * number + k:08d}.JPEG", quality=92)
    return folder


def load(settings: DataSettings, tmp_path: Path, seed: int = 0):
    return load_pictures(settings, 32, seed, Store(tmp_path / "store"), lambda *_: None)


def test_the_table_holds_the_classes_of_the_ranges() -> None:
    assert list(WORDNET) == list(RANGES)
    for kind, (first, last) in RANGES.items():
        assert len(WORDNET[kind]) == last - first + 1
    assert sum(map(len, WORDNET.values())) * 50 == 10_150
    # ImageNet's classes are in the order of their WordNet ids: so must be the kinds' own, put in the order of their ranges
    in_order = sum((WORDNET[kind] for kind in sorted(RANGES, key=RANGES.get)), ())
    assert list(in_order) == sorted(in_order) and len(set(in_order)) == 203
    # known to everybody: tailed frog, Chihuahua, tabby, Egyptian cat, Dungeness crab, puffer
    known = {"frog": (-1, "n01644900"), "dog": (0, "n02085620"), "crab": (0, "n01978287"), "fish": (-1, "n02655020")}
    assert all(WORDNET[kind][at] == wordnet for kind, (at, wordnet) in known.items())
    assert WORDNET["cat"][0] == "n02123045" and WORDNET["cat"][-1] == "n02124075"


@pytest.mark.parametrize("below", ["", "val"])
def test_nine_kinds_are_read_and_debiased(imagenet: Path, tmp_path: Path, below: str) -> None:
    everything = load(DataSettings(kind="restricted-imagenet", path=imagenet / below, debias=False), tmp_path)
    assert everything.classes == tuple(RANGES) and len(everything.names) == 406
    assert not any("n01440764" in name for name in everything.names)
    settings = DataSettings(kind="restricted-imagenet", path=imagenet / below, debias=(6, 20))
    some = load(settings, tmp_path)
    counts = Counter(some.classes[label] for label in some.labels)
    assert counts == {
        "dog": 20, "cat": 10, "frog": 6, "turtle": 10, "bird": 20, "primate": 20, "fish": 18, "crab": 8, "insect": 20,
    }  # fmt: skip
    for name, label in zip(some.names, some.labels, strict=True):
        assert name.split("/")[-2] in WORDNET[some.classes[label]]
    assert load(settings, tmp_path).names == some.names != load(settings, tmp_path, seed=1).names


def test_the_papers_own_numbers_are_the_default(imagenet: Path, tmp_path: Path) -> None:
    settings = DataSettings(kind="restricted-imagenet", path=imagenet)
    assert settings.debias == (150, 250)
    with pytest.raises(StudyError) as caught:
        load(settings, tmp_path)
    assert str(caught.value) == (
        f"{imagenet / 'val'}: class 'frog' has 6 pictures, and [data] debias asks for 150 to 250 of each class: give more "
        "pictures or lower it"
    )
    sizes = {kind: 50 * (last - first + 1) for kind, (first, last) in RANGES.items()}
    kept = debias([kind for kind, size in sizes.items() for _ in range(size)], 150, 250, 0, "val")
    assert len(kept) == 6 * 250 + 200 + 150 + 250, "frogs and crabs have fewer than 250"


@pytest.mark.parametrize("shape", [(500, 375), (375, 500), (256, 256), (224, 224), (91, 333), (640, 427), (1001, 77)])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_the_crop_is_torchvisions(shape: tuple[int, int], mode: str) -> None:
    rng = np.random.default_rng(1)
    shown = Image.fromarray(rng.integers(0, 255, (shape[1], shape[0], 3), np.uint8)).convert(mode)
    reference = T.Compose([T.Resize(256), T.CenterCrop(224)])(shown.convert("RGB"))
    np.testing.assert_array_equal(np.asarray(evaluation_crop(shown, 224)), np.asarray(reference))


def test_any_folder_is_debiased_the_same_way(photographs: Path, tmp_path: Path) -> None:
    some = load(DataSettings(kind="folder", path=photographs, debias=(5, 12)), tmp_path)
    assert np.bincount(some.labels).tolist() == [12, 12]
    assert len(set(some.names)) == 24
    with pytest.raises(StudyError) as caught:
        load(DataSettings(kind="folder", path=photographs, debias=(31, 40)), tmp_path)
    assert str(caught.value) == (
        f"{photographs}: class 'left' has 30 pictures, and [data] debias asks for 31 to 40 of each class: give more "
        "pictures or lower it"
    )


def test_what_is_missing_is_said(imagenet: Path, tmp_path: Path) -> None:
    def error_sentence(path: Path) -> str:
        with pytest.raises(StudyError) as caught:
            load(DataSettings(kind="restricted-imagenet", path=path), tmp_path)
        return str(caught.value)

    assert error_sentence(tmp_path / "none") == f"picture folder {tmp_path / 'none'} does not exist"
    (tmp_path / "flat" / "val").mkdir(parents=True)
    assert error_sentence(tmp_path / "flat") == (
        f"{tmp_path / 'flat/val'} lacks 203 of the 203 classes of Restricted ImageNet (the first is n02085620, a dog): it "
        "must hold a folder of pictures for each WordNet id of ILSVRC2012"
    )
    partly = tmp_path / "partly"
    partly.mkdir()
    for place in (imagenet / "val").iterdir():
        (partly / place.name).symlink_to(place)
    (partly / WORDNET["crab"][1]).unlink()
    assert error_sentence(partly).startswith(
        f"{partly} lacks 1 of the 203 classes of Restricted ImageNet (the first is n01978455, a crab)"
    )
    (partly / WORDNET["crab"][1]).mkdir()
    assert error_sentence(partly) == (
        f"{partly / 'n01978455'} (a crab) holds no pictures: every class of the nine kinds needs some"
    )


def test_settings_say_what_is_allowed(tmp_path: Path) -> None:
    def error_sentence(**data: object) -> str:
        with pytest.raises(StudyError) as caught:
            load_study(None, {"data": data})
        return str(caught.value)

    assert error_sentence(kind="restricted-imagenet") == "settings: [data] kind = 'restricted-imagenet' needs a path"
    assert error_sentence(debias=[1, 2]) == (
        "settings: [data] debias is for folders: the world paints per_class pictures of every kind"
    )
    wrong = "is not allowed: it should be two whole numbers, the fewest and the most, or false"
    assert error_sentence(kind="folder", path=tmp_path, debias="no") == f"settings: [data] debias = 'no' {wrong}"
    assert error_sentence(kind="folder", path=tmp_path, debias=[9]).endswith(wrong)
    assert error_sentence(kind="folder", path=tmp_path, debias=[9, 3]) == (
        "settings: [data] debias must be the fewest and the most pictures of each class, as in [150, 250]"
    )


def test_another_path_on_the_command_line_keeps_the_kind(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('[data]\nkind = "restricted-imagenet"\npath = "imagenet"\n')
    assert load_study(study).data.path == tmp_path / "imagenet"
    data = load_study(study, {"data": {"kind": "folder", "path": tmp_path / "other"}}).data
    assert (data.kind, data.path, data.debias) == ("restricted-imagenet", tmp_path / "other", (150, 250))
