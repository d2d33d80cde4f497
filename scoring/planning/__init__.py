"""Before a study: simulated participants, and how many real ones find a difference."""
