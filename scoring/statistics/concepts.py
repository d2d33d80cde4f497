"""The words that participants wrote for what they saw, counted by participants."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

# Words that name nothing seen: English function words and the pages' own talk ('picture', 'looks like').
STOP_WORDS = frozenset(
    """a about all also am an and another any are around as at be because been being both but by can could did do does
    dont each either else etc few for from get got had has have having he her here him his how i idea if image images in
    into is it its just kind know like look looking looks lot lots many maybe me mean more most mostly much my nan near
    no none nor not nothing of off on one ones only or other others our out over perhaps picture pictures probably
    really same see seem seems seen she so some something sort such sure than that the their them then there these they
    thing things think this those to too two unknown unsure up very was we were what when where which while who why
    will with would you your
    것 같은 같다 같음 같아요 그냥 그림 그리고 나 내 너무 많은 많이 모두 모르겠다 모르겠음 모르겠어요 모름
    무언가 및 보이는 보인다 뭔가 사진 수 약간 없음 없다 있는 있다 있음 이 이미지 저 좀 느낌 또는 등 비슷한
    어떤 여러 의""".split()
)
# Korean particles that may hang on a noun, longest first; taken off only where somebody wrote the bare noun.
PARTICLES = (
    "에서",
    "으로",
    "이나",
    "들이",
    "들",
    "이",
    "가",
    "을",
    "를",
    "은",
    "는",
    "의",
    "에",
    "와",
    "과",
    "로",
    "도",
    "만",
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True)
class Concepts:
    """One question in one experiment. words: (word, participants who wrote it), most first; participants: who wrote.

    agreement: mean share of words that two participants have in common (Jaccard, 0 to 1); top_share: the share of
    participants who wrote the commonest word. None where fewer than two, or nobody, wrote.
    """

    words: tuple[tuple[str, int], ...]
    participants: int
    top_share: float | None
    agreement: float | None


def words_of(text: str) -> set[str]:
    """The words of one answer: case folded, NFC, letters of any script, without stop words and single Latin letters."""
    found = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    found = [re.sub(r"['’]", "", re.sub(r"['’]s$", "", word)) for word in found]
    return {word for word in found if word not in STOP_WORDS and not (len(word) == 1 and word.isascii())}


def vocabulary(texts: Iterable[str]) -> dict[str, str]:
    """How to spell each word of a study: an inflected form becomes the bare one where somebody wrote that.

    'legs' becomes 'leg' and '털이' becomes '털', but 'grass' stays unless somebody wrote 'gras'.
    """
    known = set().union(*map(words_of, texts))
    return {word: _bare(word, known) for word in known}


def _bare(word: str, known: set[str]) -> str:
    endings = [("ies", "y"), ("ves", "f"), ("es", ""), ("s", ""), *((particle, "") for particle in PARTICLES)]
    for ending, instead in endings:
        if word.endswith(ending) and (bare := word[: -len(ending)] + instead) and bare in known and len(bare) > 0:
            return _bare(bare, known) if bare != word else word
    return word


def concepts(texts: Sequence[str], spelling: dict[str, str]) -> Concepts:
    """Count the words of the answers to one question, one text per participant (empty: wrote nothing)."""
    written = [{spelling.get(word, word) for word in words_of(text)} for text in texts]
    written = [words for words in written if words]
    counts = Counter(word for words in written for word in words)
    ranked = tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    return Concepts(
        ranked,
        len(written),
        ranked[0][1] / len(written) if written else None,
        _mean_jaccard(written) if len(written) > 1 else None,
    )


def _mean_jaccard(written: list[set[str]]) -> float:
    """Mean over all pairs; over a fixed sample of people where pairs run into the hundred thousands."""
    if len(written) > 400:
        chosen = np.random.default_rng(0).choice(len(written), 400, replace=False)
        written = [written[k] for k in chosen]
    return float(np.mean([len(a & b) / len(a | b) for a, b in combinations(written, 2)]))
