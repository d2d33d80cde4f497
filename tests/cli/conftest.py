"""The folder of small pictures that commands are tested with."""

from tests.generator.conftest import photographs

__all__ = ["photographs"]
