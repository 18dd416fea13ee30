"""One machine: Kafka, the schema registry and the hub's own processes started, watched and stopped.

Only the command line and tests come here. Nothing in it knows what an event is.
"""

from hub.local.machine import LocalMachine, LockedHome
from hub.local.process import Change, Part
from hub.local.running import RunningBroker, running_broker

__all__ = ["Change", "LocalMachine", "LockedHome", "Part", "RunningBroker", "running_broker"]
