"""What a list of risks was worth, against the health score and tier by tier, once it is known who left."""
