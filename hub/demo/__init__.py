"""A hub to look at: simulated agencies that keep books of their own, and whoever reads these books to prove the hub.

The agencies are ordinary Kafka clients in a process of their own. Nothing here asks the router what it did.
"""
