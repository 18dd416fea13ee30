"""The text of an expression with some of its paths written otherwise; what stands in quotes is never touched."""

from collections.abc import Callable

from hub.errors import ExpressionSyntaxError
from hub.network.expression.syntax import pieces

#: Say what a path of a source and a field is to be; None leaves it as it is.
Rewrite = Callable[[str, str], str | None]


def rewritten(text: str, rewrite: Rewrite) -> str:
    """Rewrite every ``source.field`` of an expression; a text that is no expression comes back as it is."""
    try:
        found = list(pieces(text))
    except ExpressionSyntaxError:
        return text
    words = [i for i, (kind, _) in enumerate(found) if kind != "space"]
    for place, i in enumerate(words):
        around = [found[each] for each in words[max(place - 1, 0) : place]]
        path = [found[each] for each in words[place : place + 3]]
        if ("sign", ".") in around or [kind for kind, _ in path] != ["name", "sign", "name"] or path[1][1] != ".":
            continue
        new = rewrite(path[0][1], path[2][1])
        if new is not None:
            found[i] = ("new", new)
            for each in words[place + 1 : place + 3]:
                found[each] = ("new", "")
    return "".join(word for _, word in found)
