"""What of the answers themselves is odd: copied picks, the same places, too regular times."""
