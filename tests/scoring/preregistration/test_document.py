"""The preregistration of a built study: what its files say is filled in, what they do not say is asked for."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from ..test_cli import run
from .conftest import write_private

# Of the OSF Preregistration, in its order.
HEADINGS = [
    "Study Information", "Title", "Contributors", "Description", "Hypotheses", "Design Plan", "Study type", "Blinding",
    "Study design", "Randomization", "Sampling Plan", "Existing data", "Data collection procedures", "Sample size",
    "Sample size rationale", "Stopping rule", "Variables", "Manipulated variables", "Measured variables", "Indices",
    "Analysis Plan", "Statistical models", "Transformations", "Inference criteria", "Data exclusion", "Missing data",
    "Exploratory analysis", "Other",
]  # fmt: skip


def written(folder: Path, private: Path, *words: object) -> tuple[str, str]:
    """The document and what was printed."""
    code, out, err = run("preregister", "--study", private, "--out", folder / "pre", *words)
    assert code == 0, err
    return (folder / "pre" / "preregistration.md").read_text(), out


def planned(folder: Path, private: Path, *words: object) -> Path:
    code, _, err = run(
        "power", "--key", private / "answer_key.json", "--difference", 3, "--participants", "30", "--studies", 0,
        "--out", folder / "power", *words,
    )  # fmt: skip
    assert code == 0, err
    return folder / "power"


def section(text: str, heading: str) -> str:
    (found,) = re.findall(rf"^##+ {re.escape(heading)}\n\n(.*?)(?=^##|\Z)", text, re.M | re.S)
    return found.strip()


def test_it_has_osfs_headings_in_their_order(private, tmp_path) -> None:
    text, _ = written(tmp_path, private)
    headings = re.findall(r"^##+ (.+)$", text, re.M)
    assert headings[: len(HEADINGS)] == HEADINGS
    assert headings[len(HEADINGS) :] == [
        "Instructions given to participants", "Screenshots", "Compensation", "Risks", "Review board", "Data and code",
        "Still to be filled in",
    ]  # fmt: skip
    assert "\n\n\n" not in text and text.endswith("\n")
    for heading in headings:
        assert f"\n\n{'#' * (2 if f'## {heading}' in text.splitlines() else 3)} {heading}\n\n" in text, heading


def test_hypotheses_are_the_keys_contrasts(private, tmp_path) -> None:
    text, _ = written(tmp_path, private)
    hypotheses = section(text, "Hypotheses")
    assert re.findall(r"^\d\. \*\*(.+)\*\*", hypotheses, re.M) == ["2 against none.", "3 against 2."]
    assert "(contrast 2 − none, two-sided)" in hypotheses and "the report marks them as planned" in hypotheses
    assert "results are given above those of `none`" in hypotheses
    assert "| `none` no explanation | no explanation (control) |" in text
    assert "| two dataset examples, with grid-cam; two feature visualizations (madry), with grid-cam |" in text


@pytest.mark.parametrize(
    ("changes", "names", "sentence"),
    [
        ({"contrasts": []}, ["2 against none.", "3 against none.", "shuffled against none."], "compared with the reference that the answer key declares, `none`"),
        ({"contrasts": [], "reference": None}, ["2 against none.", "3 against none.", "shuffled against none.", "3 against 2.", "shuffled against 2.", "shuffled against 3."], "all pairs are compared"),
    ],
)  # fmt: skip
def test_without_contrasts_all_are_compared_with_the_reference_or_each_other(
    changes, names, sentence, tmp_path
) -> None:
    text, _ = written(tmp_path, write_private(tmp_path, **changes))
    hypotheses = section(text, "Hypotheses")
    assert re.findall(r"^\d\. \*\*(.+)\*\*", hypotheses, re.M) == names and sentence in hypotheses


def test_hashes_are_those_of_the_files_and_no_answer_is_told(private, tmp_path) -> None:
    text, _ = written(tmp_path, private)
    for name in ("answer_key.json", "manifest.json"):
        assert f"| SHA-256 of `{name}` | `{hashlib.sha256((private / name).read_bytes()).hexdigest()}` |" in text
    assert "n" * 64 in text and "p" * 64 in text and "c" * 16 in text
    key = json.loads((private / "answer_key.json").read_text())
    for question in key["questions"]:
        assert question["id"] not in text and not any(option in text for option in question["options"])


def test_design_and_survey_are_the_studys(private, tmp_path) -> None:
    text, _ = written(tmp_path, private)
    design = section(text, "Study design")
    assert design.startswith(
        "Between participants: 4 conditions × 2 sets of questions. Every participant answers 5 questions in one condition "
        "about one set of neurons; all conditions share the 2 sets. 10 neurons in all. Before them 1 practice question "
    )
    assert (
        "The pages are in Korean" in text
        and "saves a file" not in text
        and "save a file that participants send" in text
    )
    assert "Once: age, gender and experience with deep learning." in text
    assert "The pages ask for age and gender;" in section(text, "Risks")
    assert "**Deception:** participants in `shuffled` are shown the explanation of another neuron" in section(
        text, "Risks"
    )


def test_what_is_left_to_fill_in_is_numbered_and_listed(private, tmp_path) -> None:
    text, out = written(tmp_path, private)
    asked = re.findall(r"\*\*\[TO FILL IN (\d+): (.+?)\]\*\*", text)
    assert [int(number) for number, _ in asked] == list(range(1, len(asked) + 1)) and len(asked) > 12
    listed = section(text, "Still to be filled in").splitlines()
    assert listed == [f"{number}. {what}" for number, what in asked]
    assert f"{len(asked)} places are yours to fill in, marked [TO FILL IN]:" in out
    for line in listed:
        assert line in out
    assert "Screenshots are missing: name the built sites with `--site dist`." in out


def test_the_plan_fills_sample_size_power_and_cost(private, tmp_path) -> None:
    plan = planned(tmp_path, private, "--rate", 15, "--currency", "EUR", "--equivalence", 3)
    text, _ = written(tmp_path, private, "--plan", plan, "--people", 30)
    content = json.loads((plan / "power.json").read_text())
    assert content["aim"]["comparison"] == {"compare": "planned", "count": 2, "alpha": 0.05}
    row = next(row for row in content["people"] if row["people"] == 30)
    assert section(text, "Sample size").startswith(
        "**30 participants in each set and condition, 60 in each condition, 240 in all.**"
    )
    rationale = section(text, "Sample size rationale")
    assert f"| other people and other neurons of the kind | {100 * row['power_like_these']:.0f} % |" in rationale
    assert all(f"- {sentence}" in rationale for sentence in content["assumed"]["in_words"])
    assert (tmp_path / "pre" / "power.png").read_bytes() == (plan / "tradeoff.png").read_bytes()
    assert section(text, "Compensation").startswith(
        "A participant takes about 6 minutes, 240 participants 1,440 minutes (24.0 hours). Paid 15 EUR an hour, that is "
        "1.50 EUR each and 360 EUR in all, without a platform's fee."
    )


def test_without_a_number_of_people_it_is_what_neurons_like_these_need(private, tmp_path) -> None:
    plan = planned(tmp_path, private, "--difference", 6)
    needed = json.loads((plan / "power.json").read_text())["needed"]["like_these"]
    text, _ = written(tmp_path, private, "--plan", plan)
    assert section(text, "Sample size").startswith(f"**{needed} participants in each set and condition")


def test_exclusions_are_those_of_the_file(private, tmp_path) -> None:
    rules = tmp_path / "exclusions.toml"
    rules.write_text("min_minutes = 3\nfailed_catch = 2\n")
    text, _ = written(tmp_path, private, "--exclusions", rules)
    found = section(text, "Data exclusion")
    assert "- total time below 3 minutes\n- 2 or more failed catch questions\n" in found
    assert f"(`exclusions.toml`, SHA-256 `{hashlib.sha256(rules.read_bytes()).hexdigest()}`)" in found
    text, _ = written(tmp_path, private)
    assert "(the defaults of the program; no file of rules was given)" in section(text, "Data exclusion")


def refused(words: list[object]) -> str:
    code, _, err = run("preregister", *words)
    assert code == 1
    return err.strip()


def test_what_cannot_be_preregistered_is_said(private, tmp_path) -> None:
    assert refused(["--study", tmp_path / "x"]) == (
        f"error: {tmp_path / 'x'}: no folder of a built study; name the one under private/ that the build wrote"
    )
    assert refused(["--study", private, "--people", 9]) == (
        "error: --people is not allowed without --plan, the folder that `scoring power --out` wrote"
    )
    again = "run `python -m scoring power --key … --out …` for this study"
    assert refused(["--study", private, "--plan", tmp_path]) == (
        f"error: {tmp_path / 'power.json'}: the plan cannot be read: No such file or directory; {again}"
    )
    plan = planned(tmp_path, private)
    assert refused(["--study", private, "--plan", plan, "--people", 31]) == (
        f"error: --people 31 is not in {plan / 'power.json'}, which has {_people(plan)}; plan it with `--participants 31`"
    )
    plan = planned(tmp_path, private, "--sets", 3)
    assert refused(["--study", private, "--plan", plan]) == (
        f"error: {plan / 'power.json'}: was planned for 3 sets, and the study has 2; {again}"
    )
    plan = planned(tmp_path, private, "--compare", "pairs")
    assert refused(["--study", private, "--plan", plan, "--people", 30]) == (
        f"error: {plan / 'power.json'}: was planned for 6 comparisons (pairs), and the study has 2 (planned); {again}"
    )
    plan = planned(tmp_path, private, "--difference", 0.4)
    assert refused(["--study", private, "--plan", plan]) == (
        f"error: {plan / 'power.json'}: no number of people has the wanted power for neurons like these; say with "
        "--people how many there will be in each set and condition, or plan more neurons"
    )


def _people(plan: Path) -> str:
    return ", ".join(f"{row['people']:g}" for row in json.loads((plan / "power.json").read_text())["people"])


def test_key_and_manifest_have_to_be_of_one_study(private) -> None:
    manifest = json.loads((private / "manifest.json").read_text()) | {"study_id": "other"}
    (private / "manifest.json").write_text(json.dumps(manifest))
    assert refused(["--study", private]) == (
        f"error: {private / 'manifest.json'}: is of study other, and the answer key beside it of abc123"
    )
