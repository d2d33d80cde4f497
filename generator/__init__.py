"""From a network and pictures to experiments on whether people understand single neurons."""

from pathlib import Path

PACKAGE = Path(__file__).parent  # this folder: what is computed depends on code in it
