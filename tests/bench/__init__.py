"""Benchmarks on a real Kafka: the hub beside a bare loop of the same job and a plain faust agent, in one run."""
