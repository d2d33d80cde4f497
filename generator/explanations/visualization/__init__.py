"""Feature visualization: (neuron, seed, start) items -> pictures that activate those neurons."""
