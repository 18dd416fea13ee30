"""What is agreed: the network folder, its check, and the bundle and plan that are made from it."""
