"""From a study to its sites: build, and what of it other experiments use."""

from .build import BuildReport, build, explain_selection
from .context import BuildContext, activate, begin

__all__ = ["BuildContext", "BuildReport", "activate", "begin", "build", "explain_selection"]
