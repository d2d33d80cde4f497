"""python -m generator"""

from . import cli_experiments  # noqa: F401  its commands join the others
from .cli import app, main

__all__ = ["app"]

if __name__ == "__main__":
    main()
