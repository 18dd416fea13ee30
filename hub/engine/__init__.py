"""The heartbeat: the exactly-once loop around the router, hosted in a faust app."""
