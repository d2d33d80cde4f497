"""A built study -> its preregistration: a document, the pages as participants see them, the power of the design."""
