"""From a study to its sites: build, and what of it other experiments use."""

from .build import build, explain_selection
from .context import BuildContext, activate, begin
from .reports import BuildReport, SelectionReport

__all__ = ["BuildContext", "BuildReport", "SelectionReport", "activate", "begin", "build", "explain_selection"]
