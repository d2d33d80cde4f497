"""Which pictures a question shows: the paper's drawing, and distractors that hang together as the answers do."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from generator.errors import StudyError
from generator.models import Activations
from generator.questions.drawn import distance, draw_pictures, thumbnail
from generator.questions.matched import Likeness, like_the_answers
from generator.questions.question import QuestionPictures
from generator.selection.groups import Neuron
from generator.study import QuestionSettings, load_study

THEMES, OF_EACH, UNITS = 12, 12, 40
BOTTOM, MATCHED = QuestionSettings(), QuestionSettings(distractors="matched")


def themed(seed: int = 0) -> Activations:
    """Representations of pictures of twelve themes, twelve of each theme and alike, float32 [144, 40]."""
    rng = np.random.default_rng(seed)
    means = np.repeat(rng.normal(size=(THEMES, UNITS)), OF_EACH, axis=0)
    return Activations.of(means + 0.7 * rng.normal(size=means.shape))


def noises(count: int = THEMES * OF_EACH) -> np.ndarray:
    """Pictures none of which is like another, uint8 [N, 16, 16, 3]."""
    return np.random.default_rng(1).integers(0, 255, (count, 16, 16, 3), np.uint8)


def about(theme: int) -> Neuron:
    """A neuron that answers to one theme: its pictures on top, all others at the bottom."""
    own = theme * OF_EACH + np.arange(OF_EACH)
    return Neuron(theme, own, np.setdiff1d(np.arange(THEMES * OF_EACH), own))


def test_by_default_both_groups_are_drawn_at_random() -> None:
    """Held against the drawing of the first version, written down once more."""
    pixels, neuron = noises(), about(3)
    rng, taken = np.random.default_rng([5, 3, 1]), []
    for group, count in ((neuron.top, 7), (neuron.bottom, 6)):
        left = count
        for index in rng.permutation(group):
            thumbs = thumbnail(pixels[index]), [thumbnail(pixels[k]) for k in taken]
            if left and all(distance(thumbs[0], other) >= 0.06 for other in thumbs[1]):
                taken.append(int(index))
                left -= 1
    drawn = draw_pictures(neuron, pixels, themed(), BOTTOM, seed=5)
    assert drawn == QuestionPictures(tuple(taken[:3]), tuple(taken[3:7]), tuple(taken[7:]))


def test_matching_changes_distractors_only_and_takes_them_from_the_bottom_group() -> None:
    pixels, values = noises(), themed()
    for theme in range(THEMES):
        paper, matched = (draw_pictures(about(theme), pixels, values, each, 0) for each in (BOTTOM, MATCHED))
        assert (matched.answers, matched.examples) == (paper.answers, paper.examples)
        assert len(set(matched.distractors)) == 6 and set(matched.distractors) <= set(about(theme).bottom.tolist())
        assert matched == draw_pictures(about(theme), pixels, values, MATCHED, 0)


def test_the_group_is_as_alike_as_the_answers() -> None:
    values = themed()
    for theme in range(THEMES):
        drawn = draw_pictures(about(theme), noises(), values, MATCHED, 0)
        alike = Likeness(values, range(len(values)))
        goal = alike.within(drawn.answers)
        assert goal == pytest.approx(np.mean([_cosine(values, *pair) for pair in combinations(drawn.answers, 2)]))
        assert abs(alike.within(drawn.distractors[:3]) - goal) < 0.15 < goal, "pictures of two themes are at 0"


def test_the_options_alone_tell_answers_in_the_paper_s_drawing_and_not_in_the_matched_one() -> None:
    """Picked are the three options that are most alike. Of two groups that look the same half are the answers: 1.5."""
    found = {}
    for name, settings in (("bottom", BOTTOM), ("matched", MATCHED)):
        found[name] = [_three_most_alike(theme, seed, settings) for theme in range(THEMES) for seed in range(4)]
    assert np.mean(found["bottom"]) > 2.5
    error = np.std(found["matched"], ddof=1) / np.sqrt(len(found["matched"]))
    assert np.mean(found["matched"]) < 1.5 + 3 * error


def test_nothing_is_matched_where_a_single_picture_is_right_or_wrong() -> None:
    pixels, values = noises(), themed()
    for counts in ({"answers": 1}, {"answers": 8}):
        paper, matched = (
            draw_pictures(about(2), pixels[:], values, QuestionSettings(distractors=kind, examples=2, **counts), 0)
            for kind in ("bottom", "matched")
        )
        assert matched == paper


def test_near_duplicates_are_no_group() -> None:
    """Where a bottom group holds one picture many times, no group is found there and distractors are as in the paper."""
    pixels, values, neuron = noises(), themed(), about(0)
    pixels[neuron.bottom] = pixels[neuron.bottom[0]]
    alike = Likeness(values, range(len(values)))
    assert like_the_answers([0, 1, 2], neuron.bottom, 3, alike, lambda order, count: [order[0]], _rng()) == []


def test_practice_is_never_matched() -> None:
    paper, matched = (draw_pictures(about(1), noises(), themed(), each, 0, easy=True) for each in (BOTTOM, MATCHED))
    assert matched == paper


def test_what_distractors_may_be() -> None:
    with pytest.raises(StudyError) as caught:
        load_study(None, {"questions": {"distractors": "top"}})
    assert str(caught.value) == (
        "settings: [questions] distractors = 'top' is not allowed: it should be 'bottom' or 'matched'"
    )


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _cosine(values: Activations, a: int, b: int) -> float:
    x, y = values.rows([a, b]) - values.mean
    return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))


def _three_most_alike(theme: int, seed: int, settings: QuestionSettings) -> int:
    """How many of the three options that are most alike are answers."""
    values = themed(seed)
    drawn = draw_pictures(about(theme), noises(), values, settings, seed)
    options = [*drawn.answers, *drawn.distractors]
    best = max(combinations(options, 3), key=lambda three: Likeness(values, options).within(three))
    return len(set(best) & set(drawn.answers))
