"""Questions -> static sites."""
