"""The router without Kafka: a hand-wound clock, examples that are tests, real logs replayed."""
