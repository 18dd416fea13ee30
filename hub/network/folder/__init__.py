"""The files of a network folder: where each word stands, what is wrong with them, and which may not change any more."""

from hub.network.folder.finding import Finding, as_lines, errors
from hub.network.folder.yaml import Document, Place, read_yaml

__all__ = ["Document", "Finding", "Place", "as_lines", "errors", "read_yaml"]
