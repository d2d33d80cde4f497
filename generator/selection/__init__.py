"""Which neurons a study asks about, and why: activations -> neurons that pass the criteria and differ."""
