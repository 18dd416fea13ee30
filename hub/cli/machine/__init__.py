"""Commands about processes: up, run, doctor."""
