"""Champion and challenger on the same rows, and the gate between them."""
