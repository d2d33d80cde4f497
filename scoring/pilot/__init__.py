"""The pilot study: its participants' files -> the paper's tables 2 and 3, and the methods compared within people."""
