"""The creature world: a painted picture set, and the network that was trained on it."""
