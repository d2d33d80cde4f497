"""Questions reviewed before anybody is asked: redrawn for machines, scored, and warned of."""
