"""Guards, fills and times as people declare them: CEL, read, typed and compiled at load."""

from hub.network.expression.program import compile_expression, days_between, is_step_name, read_paths, test_patterns
from hub.network.expression.reading import ITEM, Path, Read, path_of, reads, tested
from hub.network.expression.rewriting import rewritten
from hub.network.expression.syntax import parse
from hub.network.expression.typecheck import TypeCheck
from hub.network.expression.types import ANY, BOOLEAN, Type, field_types, first_refused, fits

__all__ = [
    "ANY", "BOOLEAN", "ITEM", "Path", "Read", "Type", "TypeCheck", "compile_expression",
    "days_between", "field_types", "first_refused", "fits", "is_step_name", "parse", "path_of", "read_paths", "reads",
    "rewritten", "test_patterns", "tested",
]  # fmt: skip
