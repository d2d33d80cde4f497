"""The folder of small pictures that whole builds are tested with."""

from tests.generator.conftest import photographs

__all__ = ["photographs"]
