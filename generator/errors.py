"""What went wrong, told to the user."""


class StudyError(Exception):
    """Something the user can mend; the message is one sentence: what, where, what is allowed."""


class Unreachable(StudyError):
    """Something elsewhere does not answer: from another machine, or later, it may."""
