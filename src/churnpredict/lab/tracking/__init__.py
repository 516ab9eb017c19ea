"""What is kept of a training: its card, its folder by name, its run in MLflow, the model as others serve it."""
