"""What every column of the tables and every field of summary.json means: the codebooks that go with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

COLUMNS = {
    "participant": "number of the participant in these tables",
    "experiment": "the condition that was shown",
    "condition": "the same with its title",
    "set": "the set of questions that was asked",
    "subject_id": "id of the person, given by the recruiting service or drawn by the page",
    "session_id": "id of the visit, drawn by the page",
    "answered": "number of answered questions",
    "correct": "matched picks over all answered questions",
    "possible": "answers in the question or questions concerned",
    "ratio": "correct / possible, the I-metric as a share",
    "score": "ratio x the answers of a set of questions",
    "minutes": "minutes from the end of instructions and practice to the last answer",
    "age": "age in years",
    "gender": "gender as answered",
    "major": "field of study or work as answered",
    "background": "experience with deep learning as answered",
    "language": "language of the browser",
    "build_hash": "which build of the pages was seen",
    "catch_asked": "catch questions asked",
    "catch_failed": "catch questions failed",
    "included": "whether no exclusion rule is broken",
    "excluded_by": "exclusion rules broken, with spaces between",
    "equal_picks": "largest share of questions, of five or more, with the same picks as somebody else's session",
    "same_places": "share of questions in which the options in the same, commonest places were picked",
    "rt_spread": "standard deviation of the natural logarithms of rt_ms",
    "marks": "what is odd but usable in the file",
    "file": "raw file, relative to data/raw",
    "question_id": "id of the question in the answer key",
    "neuron": "number of the neuron",
    "position": "place, from 1, among the questions in the order they were shown, catch questions not counted",
    "picked": "ids of the picked options, with spaces between",
    "matched": "picks that are answers",
    "rt_ms": "milliseconds the question was in view",
    "confidence": "confidence, 1 to 3",
    "concept": "what the participant wrote for the concept seen",
    "level_changes": "moves of the crop level slider: changes of level from one entry of view_history to the next",
    "originals_ms": "milliseconds that original pictures were shown, summed over views, which may overlap",
    "share": "matched / possible",
    "chance": "share of answers that blind picking finds, answers / options",
    "participants": "participants who answered",
    "accuracy": "share of answers found, of all participants' picks",
    "estimate": "share of answers found by the mixed model, shrunken towards the condition's other questions",
    "estimate_low": "lower end of the estimate's 95 % interval",
    "estimate_high": "upper end of the estimate's 95 % interval",
    "rank": "rank of the estimate among the condition's questions, 1 is best found",
    "rank_low": "lower end of the rank's 95 % interval",
    "rank_high": "upper end of the rank's 95 % interval",
    "top_quarter": "probability of being in the best found quarter of the condition's questions",
    "odds_above_control": "odds ratio against the same question in the control",
    "odds_above_control_low": "lower end of its 95 % interval",
    "odds_above_control_high": "upper end of its 95 % interval",
    "item_total": "correlation with the sum of the set's other questions",
    "krippendorff_alpha": "Krippendorff's alpha of picking the question's options",
    "median_rt_s": "median seconds the question was in view",
    "mean_confidence": "mean confidence, 1 to 3",
}

_PAIR = {
    "experiments[]": "the first condition, and the second, which is compared with it",
    "difference": "mean score of the second less that of the first, within sets",
    "interval[]": "95 % interval of the difference (Welch)",
    "p_permutation": "two-sided p of the permutation test of means, raw",
    "p_permutation_holm": "the same, corrected within the family (Holm)",
    "p_brunner_munzel": "two-sided p of the Brunner-Munzel test, raw",
    "p_brunner_munzel_holm": "the same, corrected within the family (Holm)",
    "cliffs_delta": "P(second > first) - P(second < first), -1 to 1",
    "cliffs_delta_interval[]": "its 95 % interval",
    "hedges_g": "standardized difference of means",
    "hedges_g_interval[]": "its 95 % interval",
    "planned": "whether this contrast was declared in the study file",
    "over_neurons.difference": "the same difference where people and neurons are random, every neuron of one weight",
    "over_neurons.interval[]": "its 95 % interval, for other people and other neurons",
    "over_neurons.error": "its standard error",
    "over_neurons.freedom": "degrees of freedom of its t test (Satterthwaite)",
    "over_neurons.p": "its two-sided p, raw",
    "over_neurons.p_holm": "the same, corrected within the family (Holm)",
    "over_neurons.neurons": "neurons that both conditions asked of two people or more",
}
_DUNNETT = {
    "interval_simultaneous[]": "95 % interval of the difference, all of the family at once (Dunnett); with a reference",
    "p_dunnett": "two-sided p, corrected over the family (Dunnett); with a reference",
}
_ODDS = {
    "odds_ratio": "ratio of the odds of picking an answer",
    "interval[]": "its 95 % interval",
    "p": "two-sided p (Wald, by t), raw",
}
_TREND = {
    "mean": "mean over participants",
    "interval[]": "its 95 % interval over participants",
    "p": "two-sided p that it is 0 (t test)",
    "participants": "how many it could be computed for",
}


def _under(place: str, fields: dict[str, str]) -> dict[str, str]:
    return {f"{place}.{name}": meaning for name, meaning in fields.items()}


_OBSERVER = {
    "observer": "name of the program",
    "experiment": "the condition",
    "files": "its files; they differ by the noise that was drawn for each",
    "questions": "questions answered",
    "mean": "mean score, every question of one weight",
    "interval[]": "its 95 % interval over questions: for other questions of the kind",
    "sd": "standard deviation of the files' scores: of noise alone",
    "min": "lowest score of a file",
    "max": "highest score of a file",
    "surest": "score of the most probable options, without noise",
    "items[].question_id": "id of the question",
    "items[].set": "the set that asks it",
    "items[].neuron": "number of the neuron",
    "items[].files": "files that answer it",
    "items[].matched": "mean matched picks",
    "items[].possible": "answers in the question",
    "items[].surest": "answers among the most probable options",
    "items[].probabilities[]": "mean probability of picking each option, in the key's order",
}

_CONDITION = "included.experiments[]"
_MODEL = "included.comparisons.mixed_model"
_ITEM = "included.items[]"

# Place in summary.json -> meaning. [] stands for every entry of a list, * for every name.
SUMMARY = {
    "format": "imetric-summary/2",
    "study_id": "the study, as in its key",
    "seed": "of every resampling",
    "conditions[].name": "`experiment` of the participants' files",
    "conditions[].title": "the condition in words",
    "conditions[].shows[].*": "as in the answer key: kind, count, gridcam, originals, method",
    "conditions[].explains": "own, or shuffled: explanations of another neuron",
    "control": "the condition that shows no explanation; null: none does",
    "reference": "the condition that all are compared with, as declared; null: all pairs",
    "contrasts[][]": "planned contrasts, as declared: condition, against",
    "sets": "how many sets of questions; a participant answers one",
    "questions": "how many questions in all sets together",
    "possible": "the highest score: the answers of a set's questions",
    "chance.mean": "mean score of blind picking",
    "chance.sd": "its standard deviation",
    "chance.distribution[]": "probability of each score 0 … possible under blind picking",
    "files.given": "files that were named",
    "files.used": "files of people that were used",
    "files.observers": "files of observers (programs), in no result about people",
    "files.rejected": "files that were not used",
    "files.marked": "used files with something odd",
    "answering.equal_picks": "sessions with equal picks in nine of ten questions with another person's",
    "answering.duplicates": "of these, with more mistakes alike than chance gives",
    "answering.straight_lining": "sessions with the same places picked question after question",
    "answering.regular_times": "sessions with more regular times than people's",
    "flow.files": "files that arrived",
    "flow.not_used[].reason": "why files were not used",
    "flow.not_used[].files": "how many",
    "flow.observers": "files of observers",
    "flow.participants": "files of people that were used",
    "flow.unfinished": "sessions begun and not finished, in no result; null: partial files were not looked at",
    "flow.excluded[].rule": "an exclusion rule",
    "flow.excluded[].in_words": "the same in words",
    "flow.excluded[].participants": "participants excluded, each counted under the first rule broken",
    "flow.conditions[].experiment": "the condition",
    "flow.conditions[].participants": "participants who were shown it",
    "flow.conditions[].excluded": "of these excluded",
    "flow.conditions[].analysed": "of these analysed",
    "flow.conditions[].sets[].set": "a set",
    "flow.conditions[].sets[].analysed": "participants analysed who answered it",
    "flow.conditions[].unfinished": "sessions of the condition begun and not finished; null: not looked at",
    "flow.conditions[].left_after[].questions": "questions answered when they were left, catch questions included",
    "flow.conditions[].left_after[].sessions": "how many sessions were left then",
    "exclusions.rules.*": "the declared rules, as in the exclusions file",
    "exclusions.in_words[]": "the rules in force, in words",
    "exclusions.marked.*": "participants who break each rule",
    "exclusions.excluded": "participants who break at least one",
    "included.participants": "how many; `all` has the same fields as `included`, without exclusions",
    f"{_CONDITION}.experiment": "the condition",
    f"{_CONDITION}.name": "its title",
    f"{_CONDITION}.participants": "how many",
    f"{_CONDITION}.mean": "mean score",
    f"{_CONDITION}.sd": "standard deviation of scores",
    f"{_CONDITION}.median": "median score",
    f"{_CONDITION}.min": "lowest score",
    f"{_CONDITION}.max": "highest score",
    f"{_CONDITION}.ratio": "mean share of answers found, 0 to 1",
    f"{_CONDITION}.interval[]": "95 % interval of the mean over participants (BCa)",
    f"{_CONDITION}.interval_crossed[]": "95 % interval of the mean over participants and questions",
    f"{_CONDITION}.p_chance": "exact one-sided p of the sum of scores under blind picking",
    f"{_CONDITION}.above_chance.difference": "mean score less that of blind picking",
    f"{_CONDITION}.above_chance.interval[]": "its 95 % interval over participants",
    f"{_CONDITION}.above_control.difference": "mean score less that of the control, within sets",
    f"{_CONDITION}.above_control.interval[]": "its 95 % interval (Welch)",
    f"{_CONDITION}.above_control.p": "two-sided p (permutation), raw",
    f"{_CONDITION}.demographics.age.*": "mean, lowest and highest age in years",
    f"{_CONDITION}.demographics.gender.*": "participants by gender, as answered",
    f"{_CONDITION}.median_minutes": "median time for all questions",
    f"{_CONDITION}.median_rt_s": "median seconds that a question was in view",
    f"{_CONDITION}.cronbach_alpha": "internal consistency of the questions, within sets",
    f"{_CONDITION}.krippendorff_alpha": "agreement of participants about which options to pick",
    **_under(f"{_CONDITION}.learning", _TREND),
    f"{_CONDITION}.learning_note": "why learning could not be told from difficulty",
    f"{_CONDITION}.confidence[].confidence": "1 guessing, 2 fairly sure, 3 sure",
    f"{_CONDITION}.confidence[].trials": "answers given with it",
    f"{_CONDITION}.confidence[].accuracy": "share of answers found in these",
    **_under(f"{_CONDITION}.resolution", _TREND),
    "included.comparisons.kruskal_wallis.h": "Kruskal-Wallis H over all conditions, ranks within sets",
    "included.comparisons.kruskal_wallis.df": "its degrees of freedom",
    "included.comparisons.kruskal_wallis.p": "its p",
    "included.comparisons.reference": "the condition that pairs are with; null: all pairs",
    **_under("included.comparisons.pairs[]", _PAIR | _DUNNETT),
    **_under("included.comparisons.planned[]", _PAIR),
    f"{_MODEL}.fitted": "whether the mixed model of picks could be fitted",
    f"{_MODEL}.reason": "why not",
    f"{_MODEL}.participants": "participants it was fitted on",
    f"{_MODEL}.sampled": "whether these are a random sample",
    f"{_MODEL}.participant_sd": "standard deviation of participants, log-odds",
    f"{_MODEL}.question_sd": "standard deviation of questions, log-odds",
    f"{_MODEL}.log_likelihood": "of the fit (Laplace approximation)",
    f"{_MODEL}.against_chance[].experiment": "the condition",
    **_under(f"{_MODEL}.against_chance[]", _ODDS),
    **{
        f"{_MODEL}.{family}[].{name}": meaning
        for family in ("pairs", "planned")
        for name, meaning in {"experiments[]": _PAIR["experiments[]"], **_ODDS, "p_holm": "corrected (Holm)"}.items()
    },
    "included.kinds[].experiment": "the condition; kinds is empty where all units are of one kind",
    "included.kinds[].kinds[].kind": "neuron, or feature of a dictionary",
    "included.kinds[].kinds[].participants": "participants who were asked about it, in sets that two or more answered",
    "included.kinds[].kinds[].units": "units of the kind that they were asked about",
    "included.kinds[].kinds[].mean": "mean score, every unit of one weight",
    "included.kinds[].kinds[].interval[]": "its 95 % interval, for other people and other units",
    "included.kinds[].difference.difference": "mean score of features less that of neurons, people and units random",
    "included.kinds[].difference.interval[]": "its 95 % interval, for other people and other units",
    "included.kinds[].difference.error": "its standard error",
    "included.kinds[].difference.freedom": "degrees of freedom of its t test (Satterthwaite)",
    "included.kinds[].difference.p": "its two-sided p, raw",
    "included.kinds[].difference.p_holm": "the same, corrected over conditions (Holm)",
    "included.neuron_model.fitted": "whether the model of single neurons could be fitted",
    "included.neuron_model.reason": "why not",
    "included.neuron_model.participants": "participants it was fitted on",
    "included.neuron_model.participant_sd": "standard deviation of participants, log-odds",
    "included.neuron_model.question_sd": "standard deviation of questions, log-odds",
    "included.neuron_model.question_in_condition_sd": "standard deviation of questions within a condition, log-odds",
    **{
        f"{_ITEM}.{name}": COLUMNS[name]
        for name in (
            "experiment", "question_id", "set", "neuron", "participants", "accuracy", "item_total",
            "krippendorff_alpha", "median_rt_s", "mean_confidence", "estimate", "rank", "top_quarter",
        )
    },
    f"{_ITEM}.estimate_interval[]": "95 % interval of the estimate",
    f"{_ITEM}.rank_interval[]": "95 % interval of the rank",
    f"{_ITEM}.above_control.odds_ratio": COLUMNS["odds_above_control"],
    f"{_ITEM}.above_control.interval[]": COLUMNS["odds_above_control_low"].replace("lower end of its", "its"),
    f"{_ITEM}.options[].option": "id of an option",
    f"{_ITEM}.options[].answer": "whether it is an answer",
    f"{_ITEM}.options[].picked": "participants who picked it",
    "included.concepts[].experiment": "the condition",
    "included.concepts[].question_id": "id of the question",
    "included.concepts[].participants": "participants who wrote something",
    "included.concepts[].top_share": "share of these who wrote the commonest word",
    "included.concepts[].agreement": "mean share of words that two participants have in common",
    "included.concepts[].words[].word": "a word",
    "included.concepts[].words[].participants": "participants who wrote it",
    **_under("observers[]", _OBSERVER),
}  # fmt: skip


def meaning_of(place: str) -> str | None:
    """The meaning of a place in summary.json, written as in SUMMARY; None where it is not described."""
    place = re.sub(r"^all\.", "included.", place)
    wild = place.rsplit(".", 1)[0] + ".*"
    return SUMMARY.get(place) or SUMMARY.get(wild)


def places_in(content: Any, place: str = "") -> Iterator[str]:
    """The place of every value in a summary, lists as []; null and empty lists and objects hold none."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from places_in(value, f"{place}.{name}" if place else name)
    elif isinstance(content, list):
        for value in content:
            yield from places_in(value, f"{place}[]")
    elif content is not None:
        yield place


def summary_codebook() -> pd.DataFrame:
    """The codebook of summary.json as a table: field, meaning."""
    return pd.DataFrame(list(SUMMARY.items()), columns=["field", "meaning"])


_OF_QUESTION = {
    "found": "picks that are answers, in question",
    "confidence": "confidence, 1 to 3, in question",
    "seconds": "seconds in view, of question",
}


def meaning_of_column(column: str) -> str:
    """The meaning of a table's column; of wide.csv, where each question has its own, with the question."""
    if column in COLUMNS:
        return COLUMNS[column]
    measure, question = column.split("_", 1)
    return f"{_OF_QUESTION[measure]} {question}"


def column_codebook(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The codebook of tables by name: table, column, meaning."""
    rows = [(name, column, meaning_of_column(column)) for name, table in tables.items() for column in table.columns]
    return pd.DataFrame(rows, columns=["table", "column", "meaning"])
