"""What happens now: pure decisions over cases; no clock, no chance, no I/O, no Kafka."""
