"""What people look at: the journal folded into a database, and questions asked of it."""

from hub.views.process import rebuild, run, status
from hub.views.read import CaseFilter, CaseRow, Cases, CaseView, TaskRow
from hub.views.store import Store, masked_url, views_url

__all__ = [
    "CaseFilter",
    "CaseRow",
    "CaseView",
    "Cases",
    "Store",
    "TaskRow",
    "masked_url",
    "rebuild",
    "run",
    "status",
    "views_url",
]
