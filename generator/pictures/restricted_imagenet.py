"""Restricted ImageNet: validation pictures of ILSVRC2012 by WordNet id -> nine kinds of animals.

The kinds are ranges of ImageNet's classes (robustness, tools/constants.py: RESTRICTED_IMAGNET_RANGES), and ImageNet
numbers its classes in the order of their WordNet ids. 203 of the 1000 classes belong to them: 10,150 validation
pictures.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from ..errors import StudyError
from .folder import list_pictures, listing_of
from .sources import Listing

# Kind -> its first and last class of ImageNet, both inclusive.
RANGES = {
    "dog": (151, 268),
    "cat": (281, 285),
    "frog": (30, 32),
    "turtle": (33, 37),
    "bird": (80, 100),
    "primate": (365, 382),
    "fish": (389, 397),
    "crab": (118, 121),
    "insect": (300, 319),
}
# WordNet ids (numbers of nouns) of those classes, in the order of the classes.
_NOUNS = {
    "dog": (
        "2085620 2085782 2085936 2086079 2086240 2086646 2086910 2087046 2087394 2088094 2088238 2088364 2088466 "
        "2088632 2089078 2089867 2089973 2090379 2090622 2090721 2091032 2091134 2091244 2091467 2091635 2091831 "
        "2092002 2092339 2093256 2093428 2093647 2093754 2093859 2093991 2094114 2094258 2094433 2095314 2095570 "
        "2095889 2096051 2096177 2096294 2096437 2096585 2097047 2097130 2097209 2097298 2097474 2097658 2098105 "
        "2098286 2098413 2099267 2099429 2099601 2099712 2099849 2100236 2100583 2100735 2100877 2101006 2101388 "
        "2101556 2102040 2102177 2102318 2102480 2102973 2104029 2104365 2105056 2105162 2105251 2105412 2105505 "
        "2105641 2105855 2106030 2106166 2106382 2106550 2106662 2107142 2107312 2107574 2107683 2107908 2108000 "
        "2108089 2108422 2108551 2108915 2109047 2109525 2109961 2110063 2110185 2110341 2110627 2110806 2110958 "
        "2111129 2111277 2111500 2111889 2112018 2112137 2112350 2112706 2113023 2113186 2113624 2113712 2113799 "
        "2113978 "
    ),
    "cat": ("2123045 2123159 2123394 2123597 2124075 "),
    "frog": ("1641577 1644373 1644900 "),
    "turtle": ("1664065 1665541 1667114 1667778 1669191 "),
    "bird": (
        "1795545 1796340 1797886 1798484 1806143 1806567 1807496 1817953 1818515 1819313 1820546 1824575 1828970 "
        "1829413 1833805 1843065 1843383 1847000 1855032 1855672 1860187 "
    ),
    "primate": (
        "2480495 2480855 2481823 2483362 2483708 2484975 2486261 2486410 2487347 2488291 2488702 2489166 2490219 "
        "2492035 2492660 2493509 2493793 2494079 "
    ),
    "fish": ("2514041 2526121 2536864 2606052 2607072 2640242 2641379 2643566 2655020 "),
    "crab": ("1978287 1978455 1980166 1981276 "),
    "insect": (
        "2165105 2165456 2167151 2168699 2169497 2172182 2174001 2177972 2190166 2206856 2219486 2226429 2229544 "
        "2231487 2233338 2236044 2256656 2259212 2264363 2268443 "
    ),
}
WORDNET = {kind: tuple(f"n{int(number):08d}" for number in numbers.split()) for kind, numbers in _NOUNS.items()}

RESIZE, CROP = 256, 224  # robustness, data_augmentation.py: TEST_TRANSFORMS_IMAGENET


def list_restricted(path: Path) -> Listing:
    """The pictures of the nine kinds below a folder that holds val/, or its classes themselves, by WordNet id.

    Raises StudyError if the folder does not exist or lacks a class.
    """
    if not path.is_dir():
        raise StudyError(f"picture folder {path} does not exist" + (" (it is a file)" if path.exists() else ""))
    folder = path / "val" if (path / "val").is_dir() else path
    wanted = [(kind, wordnet) for kind, ids in WORDNET.items() for wordnet in ids]
    missing = [(kind, wordnet) for kind, wordnet in wanted if not (folder / wordnet).is_dir()]
    if missing:
        kind, wordnet = missing[0]
        raise StudyError(
            f"{folder} lacks {len(missing)} of the {len(wanted)} classes of Restricted ImageNet (the first is "
            f"{wordnet}, a {kind}): it must hold a folder of pictures for each WordNet id of ILSVRC2012"
        )
    files, kinds = [], []
    for kind, wordnet in wanted:
        found = list_pictures(folder / wordnet)
        if not found:
            raise StudyError(
                f"{folder / wordnet} (a {kind}) holds no pictures: every class of the nine kinds needs some"
            )
        files += found
        kinds += [kind] * len(found)
    return listing_of(folder, files, kinds, tuple(WORDNET), evaluation_crop)


def evaluation_crop(picture: Image.Image, size: int) -> Image.Image:
    """The shorter side to 256 of 224 parts of `size`, its middle kept: as torchvision's Resize and CenterCrop do it."""
    picture = picture.convert("RGB")
    shorter = size * RESIZE // CROP
    width, height = picture.size
    scaled = (shorter, int(shorter * height / width)) if width <= height else (int(shorter * width / height), shorter)
    picture = picture.resize(scaled, Image.Resampling.BILINEAR)
    left, top = round((scaled[0] - size) / 2), round((scaled[1] - size) / 2)
    return picture.crop((left, top, left + size, top + size))
