"""All responses -> what of their answers is odd beside the others': copied picks, the same places, regular times.

Marks drop nobody; the rules `duplicates`, `straight_lining` and `regular_times` of an exclusions file do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np

from ...files.key import Key
from ...files.response import Answering, Response
from . import careless
from .duplicates import Duplicates, Sheets, duplicates


def mark_answering(responses: Sequence[Response], key: Key) -> dict[str, Any]:
    """Give every response its `answering`; returns how many are marked for what, as summary.json holds it.

    Sessions that answered the same set are compared with each other, whatever their condition.
    """
    people = len(responses)
    for name in key.by_set:
        own = [response for response in responses if response.set == name]
        if own:
            _mark_set(own, key, name, people)
    found = Counter(rule or "equal" for response in responses for rule, _ in response.answering.marks)
    return {
        "equal_picks": found["equal"] + found["duplicates"],
        "duplicates": found["duplicates"],
        "straight_lining": found["straight_lining"],
        "regular_times": found["regular_times"],
    }


def _mark_set(own: list[Response], key: Key, name: int, people: int) -> None:
    equal = _compared(own, key, name)
    fixed = {id(response): _unshuffled(response) for response in own}
    usual = _usual_places([response for response in own if fixed[id(response)]])
    for k, response in enumerate(own):
        marks: list[tuple[str, str]] = []
        also_in = []
        if equal.partner[k] >= 0:
            other = own[equal.partner[k]]
            also_in.append(other.file)
            marks.append(("duplicates" if equal.copied[k] else "", _equal_sentence(equal, k, other)))
        same_places = None
        if len(response.trials) >= careless.FEWEST and all(trial.places for trial in response.trials):
            places, times = careless.commonest([trial.places for trial in response.trials])
            asked = len(response.trials)
            same_places = times / asked
            if 2 * times >= asked:
                chances = _fixed_chances(response, usual) if fixed[id(response)] else _shuffled_chances(response, key)
                if careless.p_same_places(times, *chances) * people <= careless.ALARM:
                    named = ", ".join(str(place + 1) for place in places)
                    text = f"response: the options in places {named} picked in {times} of {asked} questions"
                    marks.append(("straight_lining", text))
        times_ms = [trial.rt_ms for trial in response.trials if trial.rt_ms is not None]
        spread = careless.spread_of(times_ms)
        if spread is not None and careless.p_regular(spread, len(times_ms)) * people <= careless.ALARM:
            text = f"rt: more regular than people's, spread {100 * spread:.1f} % over {len(times_ms)} questions"
            marks.append(("regular_times", text))
        share = float(equal.share[k])
        response.answering = Answering(
            tuple(marks), tuple(also_in), None if np.isnan(share) else share, same_places, spread
        )


def _compared(own: list[Response], key: Key, name: int) -> Duplicates:
    questions = key.by_set[name]
    place = {question.id: q for q, question in enumerate(questions)}
    picks = np.full((len(own), len(questions)), -1)
    matched = np.zeros((len(own), len(questions)), dtype=int)
    numbers: list[dict[tuple[int, ...], int]] = [{} for _ in questions]
    for k, response in enumerate(own):
        for trial in response.trials:
            q = place[trial.question_id]
            picks[k, q] = numbers[q].setdefault(tuple(sorted(trial.picks)), len(numbers[q]))
            matched[k, q] = trial.matched
    people, groups = (_numbered([getattr(r, field) for r in own]) for field in ("subject_id", "experiment"))
    return duplicates(Sheets(picks, matched, key.sizes_of(name), people, groups))


def _numbered(names: Sequence[Any]) -> np.ndarray:
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=int)


def _equal_sentence(equal: Duplicates, k: int, other: Response) -> str:
    more = f" and {equal.partners[k] - 1} more" if equal.partners[k] > 1 else ""
    alike, p = equal.mistakes[k], equal.p[k]
    told = "mistake" if alike == 1 else "mistakes"
    weighed = f"more than chance gives (p = {p:.1g})" if equal.copied[k] else "as chance may give"
    return (
        f"choice_ids: equal picks in {equal.equal[k]} of {equal.common[k]} questions in {other.file}{more}; "
        f"{alike} {told} alike, {weighed}"
    )


def _unshuffled(response: Response) -> bool:
    """Whether the options stood in the study's own order throughout: pages that do not shuffle."""
    return all(trial.places == tuple(sorted(trial.picks)) for trial in response.trials)


def _shuffled_chances(response: Response, key: Key) -> tuple[np.ndarray, np.ndarray]:
    """Every places are as likely as any other, whoever picks and whatever is known: the order was drawn."""
    sizes = [(len(key.by_id[t.question_id].options), len(key.by_id[t.question_id].answers)) for t in response.trials]
    kinds = sorted({answers for _, answers in sizes})
    likely = np.array([[1 / comb(o, a) if a == kind else 0.0 for o, a in sizes] for kind in kinds])
    return likely, np.array([max(comb(o, a) for o, a in sizes if a == kind) for kind in kinds], dtype=float)


def _usual_places(unshuffled: Sequence[Response]) -> dict[str, Counter[tuple[int, ...]]]:
    """Of pages that do not shuffle, how often each places were picked in each question."""
    counts: dict[str, Counter[tuple[int, ...]]] = {}
    for response in unshuffled:
        for trial in response.trials:
            counts.setdefault(trial.question_id, Counter())[trial.places] += 1
    return counts


def _fixed_chances(response: Response, usual: dict[str, Counter[tuple[int, ...]]]) -> tuple[np.ndarray, np.ndarray]:
    """Places as likely as the others picked them; half a person more for each, so that nothing is impossible."""
    known = sorted({places for trial in response.trials for places in usual[trial.question_id]})
    likely = []
    for places in known:
        row = []
        for trial in response.trials:
            counts = usual[trial.question_id]
            own = trial.places == places
            row.append(min(1.0, (counts[places] - own + 0.5) / (counts.total() - 1 + 0.5 * len(known))))
        likely.append(row)
    return np.array(likely), np.ones(len(known))
