"""python -m generator"""

from .cli.app import app, main

__all__ = ["app"]

if __name__ == "__main__":
    main()
