"""The gateway: agencies without Kafka publish their events over HTTP, and know when Kafka has them."""

from hub.web.gateway.process import run

__all__ = ["run"]
