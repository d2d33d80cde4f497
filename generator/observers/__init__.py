"""Observers: programs that answer a study's questions from what participants see of them."""
