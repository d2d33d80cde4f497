"""Sites -> a public address, and a look at what is served there."""
