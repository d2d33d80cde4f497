"""train(study): a dictionary of the study's layer, trained on its own pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StudyError
from ..models import NetworkHandle
from ..pictures import load_pictures
from ..progress import Reporter, Stages
from ..store import Store, clear_unfinished
from ..study import Study

if TYPE_CHECKING:
    from ..models.dictionary.training import Recipe, Trained


def train(
    study: Study,
    recipe: Recipe,
    out: Path,
    *,
    artifacts: Path = Path("artifacts"),
    device: str = "auto",
    fresh: bool = False,
    reporter: Reporter,
) -> Trained:
    """The study's pictures, network and layer -> `out`, and how well it reconstructs. Raises StudyError.

    A dictionary that the study names is left aside. What a killed run had finished is kept in `artifacts`.
    """
    from ..models.dictionary.training import Training

    if out.suffix != ".safetensors":
        raise StudyError(f"--out {out} must end in .safetensors")
    clear_unfinished(artifacts)
    store = Store(artifacts)
    handle = NetworkHandle(study.model.model_copy(update={"dictionary": None, "units": "features"}), device)
    handle.check()
    stage = Stages(store, reporter)
    with stage("pictures", "pictures") as now:
        pictures = load_pictures(study.data, handle.size, study.seed, store, reporter.advance)
        now.result = pictures.describe()
    training = Training(handle, recipe, out, artifacts / "training")
    with stage("places", "pictures") as now:
        training.take_places(pictures, store, reporter.advance)
        now.result = f"{len(training.places):,} of layer '{handle.network.layer}', {training.places.shape[1]} wide"
    with stage("dictionary", "epochs", kept=False) as now:
        trained = training.run(resume=not fresh, on_epoch=reporter.advance)
        now.result = f"R² {trained.r2:.3f}, {trained.l0:.1f} active, {trained.dead} dead of {trained.features}"
    return trained
