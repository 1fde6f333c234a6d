"""What the network calls the source of the node's own channels."""

OWN_SOURCE = "own"
