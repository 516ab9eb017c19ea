"""From rows with labels to a calibrated model and its proof: what is learnt from, the recipe, what it may not know."""
