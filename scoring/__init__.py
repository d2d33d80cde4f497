"""From participants' files to the I-metric, its statistics and its figures.

Rooms, each of which knows only those before it (tests/test_rooms.py): errors, conditions (the table of what
participants are shown), files (what is read, checked), statistics (pure functions with an explicit seed), analysis
(tables and all results of a study), report (pages, figures, tables, Psych-DS), pilot, planning (simulated participants,
power), preregistration, watching (scoring again while files come in), cli.
"""
