"""``hub procedure migrate``: cases taken over to another version, foreseen first, then sent at a set rate."""
