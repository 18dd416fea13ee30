"""What people look at: the journal folded into a database, and questions asked of it."""

from hub.views.process import rebuild, run
from hub.views.read import CaseFilter, CaseRow, Cases, CaseView, TaskRow
from hub.views.store import Store, views_url

__all__ = ["CaseFilter", "CaseRow", "CaseView", "Cases", "Store", "TaskRow", "rebuild", "run", "views_url"]
