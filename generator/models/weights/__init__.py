"""Files of weights as researchers have them, read as tensors alone."""
