"""What a network is on a cluster: its topics, schemas and bundles, what applying it would change, and applying it."""
