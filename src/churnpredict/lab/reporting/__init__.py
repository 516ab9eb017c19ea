"""What the lab's pages and drawings share."""
