"""Commands for whoever runs a hub: cases, tasks, events, dead letters, views, keys, the journal."""
