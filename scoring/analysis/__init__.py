"""Responses -> tables and every result of a study."""
