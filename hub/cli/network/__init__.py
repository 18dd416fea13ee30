"""Commands about what is declared: check, plan, apply, rehearse, explain."""
