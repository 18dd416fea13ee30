"""A mall as it is declared to behave: who comes, who answers what and when, and a whole week of it without Kafka.

Pure: the same network, figures and seed give the same. Nothing here knows Kafka; the demonstration plays by it too.
"""
