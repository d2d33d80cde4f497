"""Observers (programs) held against people who answered the same questions: from files to a page."""
