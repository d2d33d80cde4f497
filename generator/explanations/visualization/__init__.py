"""Feature visualization: (neuron, seed, start) items -> pictures that drive those neurons."""
