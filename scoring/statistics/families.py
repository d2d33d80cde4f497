"""Comparisons between conditions, by family: all pairs, or all with one reference; and those that were planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from .comparisons import Difference, compare, kruskal_wallis, strata_of
from .corrections import dunnett_p, dunnett_quantile, holm

Pair = tuple[int | str, int | str]  # the second is compared with the first: second less first


@dataclass(frozen=True)
class Families:
    """Which conditions are compared. reference: with which all are; None: every pair; planned: declared beforehand."""

    pairs: list[Pair]
    planned: list[Pair]
    reference: int | str | None = None


def families_of(
    names: Sequence[int | str], reference: int | str | None, contrasts: Sequence[tuple[int | str, int | str]]
) -> Families:
    """The families among the conditions that are there; contrasts: (condition, against), as the key declares them.

    Without a participant of the reference, every pair is compared.
    """
    if reference not in names:
        reference = None
    pairs = list(combinations(names, 2)) if reference is None else [(reference, n) for n in names if n != reference]
    return Families(pairs, [(b, a) for a, b in contrasts if a in names and b in names], reference)


def between(
    scores: Mapping[Any, np.ndarray], families: Families, seed: int, sets: Mapping[Any, np.ndarray] | None = None
) -> dict[str, Any]:
    """Kruskal-Wallis over all conditions, then each family with p values corrected within it.

    scores: condition -> its participants' totals; sets: the same with the set that each participant answered. Pairs are
    corrected by Holm's method per test; those with a reference by Dunnett's also, with simultaneous intervals. Planned
    contrasts are a family of their own, by Holm.
    """
    overall = kruskal_wallis(list(scores.values()), None if sets is None else list(sets.values()))

    def strata(pair: Pair) -> Any:
        a, b = pair
        return strata_of(scores[a], scores[b], *((sets[a], sets[b]) if sets is not None else (None, None)))

    def family(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
        return _records(pairs, [compare(strata(pair), seed) for pair in pairs])

    compared = family(families.pairs)
    if families.reference is not None:
        _against_reference(compared)
    declared = {frozenset(pair) for pair in families.planned}
    for record in compared:
        record["planned"] = frozenset(record["experiments"]) in declared
    for record in (planned := family(families.planned)):
        record["planned"] = True
    for record in (*compared, *planned):
        del record["welch"]
    return {
        "kruskal_wallis": None if overall is None else {"h": overall[0], "df": len(scores) - 1, "p": overall[1]},
        "reference": families.reference,
        "pairs": compared,
        "planned": planned,
    }


def _records(pairs: Sequence[Pair], found: Sequence[Difference | None]) -> list[dict[str, Any]]:
    """Each pair as it is reported, p values corrected over all of them."""
    permutation = holm([None if each is None else each.p_permutation for each in found])
    ranks = holm([None if each is None else each.p_brunner_munzel for each in found])
    nothing = dict.fromkeys(Difference.__dataclass_fields__)
    return [
        {
            "experiments": list(pair),
            **{k: list(v) if isinstance(v, tuple) else v for k, v in (asdict(each) if each else nothing).items()},
            "p_permutation_holm": p,
            "p_brunner_munzel_holm": q,
        }
        for pair, each, p, q in zip(pairs, found, permutation, ranks, strict=True)
    ]


def _against_reference(records: list[dict[str, Any]]) -> None:
    """Add Dunnett's p and simultaneous interval to each record of a family that shares its first condition."""
    shared = [record["welch"]["shared"] for record in records if record["welch"] is not None]
    for record in records:
        record["p_dunnett"], record["interval_simultaneous"] = None, None
        if (welch := record["welch"]) is not None:
            t = welch["difference"] / welch["error"]
            half_width = dunnett_quantile(welch["freedom"], shared) * welch["error"]
            record["p_dunnett"] = dunnett_p(t, welch["freedom"], shared)
            record["interval_simultaneous"] = [welch["difference"] - half_width, welch["difference"] + half_width]


def above(
    control: np.ndarray, own: np.ndarray, seed: int, sets: tuple[np.ndarray, np.ndarray]
) -> dict[str, Any] | None:
    """How far a condition is above the control: difference, interval (Welch), p (permutation); None: no shared set."""
    found = compare(strata_of(control, own, *sets), seed)
    if found is None:
        return None
    interval = None if found.interval is None else list(found.interval)
    return {"difference": found.difference, "interval": interval, "p": found.p_permutation}
