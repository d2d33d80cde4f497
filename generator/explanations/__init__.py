"""What explains a neuron: feature visualizations and grid-cams."""
