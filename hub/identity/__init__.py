"""Numbers by which people, businesses, land and money are known: their normal form, or why a text is none.

Pure. Whether a number was ever issued only its register knows; where no rule is known, none is made up.
"""

from hub.identity.kind import KINDS, Kind
from hub.identity.person import is_synthetic
from hub.identity.shape import Refusal

__all__ = ["KINDS", "Kind", "Refusal", "is_synthetic"]
