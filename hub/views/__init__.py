"""What people look at: the journal folded into a database, and questions asked of it."""

from hub.views.read import CaseFilter, CaseRow, Cases, TaskRow
from hub.views.store import Store

__all__ = ["CaseFilter", "CaseRow", "Cases", "Store", "TaskRow"]
