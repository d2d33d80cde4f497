"""python -m generator"""

from . import cli_experiments, cli_material  # noqa: F401  their commands join the others
from .cli import app, main

__all__ = ["app"]

if __name__ == "__main__":
    main()
