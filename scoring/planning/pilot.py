"""Files of a pilot -> effect sizes and spreads to plan with: of people where there are any, else of an observer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..analysis.tables import trials_frame
from ..errors import ScoringError
from ..files.collect import Collection, collect, files_in
from ..files.key import Key
from ..statistics.families import families_of
from ..statistics.neurons import neuron_estimates
from ..statistics.picks import Picks
from .simulate import PARTICIPANT_SD
from .variances import Spreads

SMALLEST = 1 / 60  # share of answers, half an answer of 30: a difference below is not planned for by itself


@dataclass(frozen=True)
class Pilot:
    """source: whose files; means: share of answers found, by condition; warnings: what planning with it assumes."""

    key: Key
    source: str
    spreads: Spreads
    means: dict[int | str, float]
    warnings: tuple[str, ...]

    def effect(self) -> tuple[float, float]:
        """(difference, lower mean) of the smallest difference worth planning for among what the key compares."""
        families = families_of(list(self.means), self.key.reference, self.key.contrasts)
        pairs = families.planned or families.pairs
        found = [(abs(self.means[b] - self.means[a]), min(self.means[a], self.means[b])) for a, b in pairs]
        found = [each for each in found if each[0] >= SMALLEST]
        if not found:
            raise ScoringError("--pilot has no difference of half an answer of 30 or more: name one with --difference")
        return min(found)


def read_pilot(folder: Path, key: Key | None, private: Path, observer: str | None, seed: int) -> Pilot:
    """What the files of a folder tell; observer: whose, where there are no people and several. Raises ScoringError."""
    collection = collect(files_in([folder]), key, private)
    responses, source, warnings = _chosen(collection, observer)
    own = replace(collection, responses=list(responses))
    trials = trials_frame(own, [()] * len(responses))
    experiments = collection.key.conditions.in_order(trials["experiment"])
    picks = Picks(
        trials["experiment"].to_numpy(), trials["participant"].to_numpy(), trials["question"].to_numpy(),
        trials["matched"].to_numpy(), experiments, collection.key.sizes,
    )  # fmt: skip
    model, _ = neuron_estimates(picks, None, seed)
    if not model["fitted"] or model["question_in_condition_sd"] is None:
        reason = model.get("reason") or "it holds one condition, and two or more tell how neurons differ between them"
        raise ScoringError(f"{folder}: no spreads can be estimated: {reason}")
    people = model["participant_sd"]
    if source != "people":
        warnings.append(
            f"Files of {source} differ by {people:.2g} log-odds: that is only the noise they were given, and people "
            f"differ more, so that {max(people, PARTICIPANT_SD):.2g} is taken; --participant-sd names another."
        )
        people = max(people, PARTICIPANT_SD)
    spreads = Spreads(people, model["question_sd"], model["question_in_condition_sd"])
    matched, possible = trials["matched"].to_numpy(), trials["possible"].to_numpy()
    places = {e: picks.experiment == e for e in experiments}
    means = {e: float(matched[place].sum() / possible[place].sum()) for e, place in places.items()}
    return Pilot(collection.key, source, spreads, means, tuple(warnings))


def _chosen(collection: Collection, observer: str | None) -> tuple[Sequence, str, list[str]]:
    if collection.responses and observer is None:
        return collection.responses, "people", []
    files = Counter(response.observer_name for response in collection.observers)
    name = observer or ("features" if "features" in files else next(iter(files)) if len(files) == 1 else None)
    if name not in files:
        raise ScoringError(f"--observer {name or ''} is not allowed: one of {', '.join(sorted(files)) or 'none there'}")
    return [each for each in collection.observers if each.observer_name == name], f"observer {name}", [
        f"Effects and spreads are those of a program, observer {name}: nobody was asked. That people find the same "
        "differences between conditions, and the same neurons hard, is an assumption; `agree` checks it once people "
        "have answered."
    ]  # fmt: skip
