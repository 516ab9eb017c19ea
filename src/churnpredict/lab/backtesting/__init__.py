"""Past lists as they would have been, and what they would have been worth."""
