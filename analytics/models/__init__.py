"""Facts for the dashboard: all of them can be emptied and folded again."""

from analytics.models.activity import ActivityHour
from analytics.models.fold_point import FoldPoint
from analytics.models.friend_span import FriendSpan
from analytics.models.touch_day import TouchDay

__all__ = ["ActivityHour", "FoldPoint", "FriendSpan", "TouchDay"]
