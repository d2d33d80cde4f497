"""Scoring again and again while participants' files come in."""
