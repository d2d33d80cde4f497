"""Sites of conditions that a study may declare, and of several sets: pages of the paper's conditions with other data.

What these pages are told of a condition is the contract of page data; that a build writes it is tested elsewhere.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from generator.questions.conditions import named
from generator.sites.page import embedded
from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from tests.sites.conftest import question_set

STUDY = re.compile(r'(?<=id="study">).*?(?=</script>)', re.DOTALL)


def shown(kind: str, count: int, gridcam: bool = True, originals: bool = True) -> dict:
    return {"kind": kind, "count": count, "gridcam": gridcam, "originals": originals}


EXAMPLES, MADE = "dataset_example", "feature_visualization"
# Name -> the paper's condition whose pictures it shows, and what it shows of them.
CONDITIONS: dict[str, tuple[int, list[dict]]] = {
    "1": (1, [shown(MADE, 1, gridcam=False)]),
    "2": (2, [shown(EXAMPLES, 4)]),
    "3": (3, [shown(EXAMPLES, 2), shown(MADE, 2)]),
    "shuffled": (3, [shown(EXAMPLES, 2), shown(MADE, 2)]),
    "none": (2, []),
    "examples": (2, [shown(EXAMPLES, 4, gridcam=False)]),
    "covered": (2, [shown(EXAMPLES, 4, originals=False)]),
    "partly": (3, [shown(EXAMPLES, 2), shown(MADE, 2, gridcam=False)]),
    "made": (3, [shown(MADE, 2)]),
    "plain": (3, [shown(EXAMPLES, 2, gridcam=False), shown(MADE, 2, gridcam=False)]),
}


def page_data(site: Path) -> dict:
    """What the page of a site is told."""
    found = STUDY.search((site / "index.html").read_text("utf-8"))
    assert found
    return json.loads(found.group())


def _attributions(pictures: list[dict], shows: list[dict]) -> list[dict]:
    elements = [each for each in shows for _ in range(each["count"])]
    pictures = pictures[len(pictures) - len(elements) :]
    return [
        {**picture, "cams": picture["cams"] if each["gridcam"] else [], "originals": each["originals"]}
        for picture, each in zip(pictures, elements, strict=True)
    ]


def declared(
    out: Path, *names: str, sets: int = 1, count: int = 2, practice: int = 0, catches: int = 0, **settings: object
) -> Path:
    """Write out/exp<name> for these conditions, of `sets` sets of `count` questions each, and out/index.html."""
    questions = question_set(sets * count, practice=practice, catches=catches)
    for name in names:
        base, shows = CONDITIONS[name]
        render_sites(questions, SiteSettings(**settings), out / name, named(base))
        (out / name / f"exp{base}").rename(out / f"exp{name}")
        study = page_data(out / f"exp{name}")
        (asked,) = study["sets"]
        for question in [*asked, *study["practice"]]:
            question["attributions"] = _attributions(question["attributions"], shows)
        if name == "shuffled":
            others = [asked[k - 1]["attributions"] for k in range(len(asked))]
            for question, other in zip(asked, others, strict=True):
                question["attributions"] = other
        catch = [question for question in asked if question.get("catch")]
        own = [question for question in asked if not question.get("catch")]
        study["sets"] = [own[k * count : (k + 1) * count] + catch for k in range(sets)]
        study |= {"experiment": int(name) if name.isdigit() else name, "shows": shows}
        index = out / f"exp{name}" / "index.html"
        text = embedded(study)
        index.write_text(STUDY.sub(lambda _: text, index.read_text("utf-8")), "utf-8")  # noqa: B023
    for path in (out / names[0]).iterdir():
        path.rename(out / path.name)
    front = (out / "index.html").read_text("utf-8")
    front = re.sub(r'data-experiments="[^"]*"', f'data-experiments="{" ".join(names)}"', front)
    (out / "index.html").write_text(re.sub(r'data-sets="\d+"', f'data-sets="{sets}"', front), "utf-8")
    return out
