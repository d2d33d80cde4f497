"""python -m generator"""

from .cli import experiments as cli_experiments  # noqa: F401  their commands join the others
from .cli import material as cli_material  # noqa: F401  their commands join the others
from .cli.app import app, main

__all__ = ["app"]

if __name__ == "__main__":
    main()
