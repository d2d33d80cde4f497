"""An atlas: every unit of a layer with its explanations, laid out by likeness on a map, as a static site."""
