"""Dictionaries: features of a layer (sparse autoencoders) or plain directions in it, as units of a network."""
