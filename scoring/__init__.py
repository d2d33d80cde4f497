"""From participants' files to the I-metric, its statistics and its figures."""
