"""The settings of [data] -> the pictures of a study."""

from __future__ import annotations

from ..store import Store
from ..study import DataSettings
from .picture_set import PictureSet, Progress


def load_pictures(settings: DataSettings, size: int, seed: int, store: Store, on_progress: Progress) -> PictureSet:
    """All pictures at size x size pixels, or what debiasing leaves of them. Raises StudyError if there are none."""
    if settings.kind == "world":
        from .painted import paint_world

        return paint_world(settings.per_class, size, seed, store, on_progress)
    from .debias import debias
    from .folder import list_folder, read_files, square
    from .restricted_imagenet import evaluation_crop, list_restricted

    assert settings.path is not None  # checked by the settings themselves
    restricted = settings.kind == "restricted-imagenet"
    listing = list_restricted(settings.path) if restricted else list_folder(settings.path)
    if settings.debias:
        listing = listing.only(debias(listing.kinds, *settings.debias, seed, str(listing.root)))
    return read_files(listing, size, store, on_progress, evaluation_crop if restricted else square)
