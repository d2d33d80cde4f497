"""The parts that methods are made of: parametrizations, transforms, steps."""
