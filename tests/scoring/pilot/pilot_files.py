"""A pilot's key and participants' files as the pages write them."""

from __future__ import annotations

import json

from scoring.files.pilot import PilotKey

KEY = PilotKey(study_id="p1", labels={"A": "lucent", "B": "madry"}, neurons={"n1": 7, "n2": 9}, iterations=(30, 60, 90))


def rows(session: str, counts: dict[str, int], iterations: dict[str, int], kinds: dict[str, list[str]]) -> list[dict]:
    common = {"study_id": "p1", "experiment": "pilot", "subject_id": f"s-{session}", "session_id": session}
    made = [{"trial_type": "session", "trial_index": 0, "time_elapsed": 10, "format": "imetric-pilot/1", **common}]
    for neuron in ("n1", "n2"):
        for method in ("A", "B"):
            answers = {
                "patterns": {
                    "patterns": "fur",
                    "count": counts[method],
                    "understood": "partly",
                    "kinds": kinds[method],
                },
                "starts": {"difference": "finer", "clearer": "noise"},
                "iterations": {"iterations": iterations[method]},
            }
            for part, answer in answers.items():
                made.append(
                    {
                        "trial_type": f"pilot-{part}", "trial_index": len(made), "time_elapsed": 100 * len(made), "rt": 90,
                        "question_id": f"{part}-{neuron}-{method}", "neuron": neuron, "method": method,
                        "response": answer, **common,
                    }
                )  # fmt: skip
    return made


def study(tmp_path):
    kinds = {"A": ["texture"], "B": ["object", "parts"]}
    for k, (a, b, i, j) in enumerate([(1, 2, 30, 90), (1, 3, 30, 60), (2, 3, 60, 90), (1, 2, 90, 90)]):
        made = rows(f"x{k}", {"A": a, "B": b}, {"A": i, "B": j}, kinds)
        (tmp_path / f"{k}.json").write_text(json.dumps(made))
    return sorted(tmp_path.glob("*.json"))
