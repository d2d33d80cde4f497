"""A package of the extra [reference] by its name, or one sentence that it is missing."""

from __future__ import annotations

import importlib
from typing import Any

from ...errors import StudyError


def import_package(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise StudyError(
            f"the reference engine needs the package {package} ({error}); install it with pip install -e '.[reference]'"
        ) from error
