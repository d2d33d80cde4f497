"""What the user can mend."""


class ScoringError(Exception):
    """One sentence: what is wrong, where, and what is allowed."""


class NothingScored(ScoringError):
    """Not one file could be scored; the command ends with exit code 2."""


class Rejected(Exception):
    """Why one participant's file is not used: the field and the reason."""
