"""Results -> what is read and shared: tables, figures, a page, a Psych-DS folder."""
