"""Statistics of responses: pure functions with an explicit seed."""
