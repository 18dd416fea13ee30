"""Office time: when an agency's doors are open, and how long its working days and hours last from there to there."""

from hub.calendar.office import DAY, LAST_MOMENT, Calendar, Grace, Hours, Measure

__all__ = ["DAY", "LAST_MOMENT", "Calendar", "Grace", "Hours", "Measure"]
