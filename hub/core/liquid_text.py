"""The small language that texts are written in.

A text is a stranger's program, so it gets output, conditions, assignment and string filters whose
result grows no faster than the text itself. No loops, no files, no dates, no numbers; and limits
below all that (https://jg-rp.github.io/liquid/api/environment).
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import ClassVar

from liquid import Environment, StrictUndefined
from liquid.builtin.content import Literal
from liquid.builtin.filters import string as string_filters
from liquid.builtin.filters.misc import default
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output
from liquid.builtin.tags import assign_tag, case_tag, comment_tag, if_tag, unless_tag
from liquid.exceptions import LiquidError
from liquid.template import BoundTemplate

from hub.contract.errors import BadText
from hub.core.wording import NAMES

_MOST_TEXT = 5_000  # characters of a text as written
_MOST_RESULT = 20_000  # bytes of a text as filled, and of what it assigns


def names_in(text: str, *, html: bool) -> list[str]:
    """The names that *text* speaks of, in all its branches; raises BadText for a broken tag."""
    return _template(text, html=html).global_variable_paths()


def render(text: str, names: Mapping[str, object], *, html: bool) -> str:
    """Fill *text*; raises BadText for an unknown name, a broken tag or a limit that it passes."""
    template = _template(text, html=html)
    try:
        return template.render(names)
    except _TROUBLE as error:
        raise BadText(_cure(error)) from error


def unknown(name: str) -> str:
    """What to tell the marketer about a *name* that there is not."""
    return f"there is no {{{{ {name} }}}}: use one of {', '.join(NAMES)}"


class _Texts(Environment):
    """The small language of texts: what is not registered does not exist."""

    block_nesting_limit: ClassVar[int] = 10
    context_depth_limit: ClassVar[int] = 10
    loop_iteration_limit: ClassVar[int | None] = 100
    local_namespace_limit: ClassVar[int | None] = _MOST_RESULT
    output_stream_limit: ClassVar[int | None] = _MOST_RESULT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002 - Environment's
        """Register conditions, assignment and the string filters that only grow by addition."""
        for tag in _TAGS:
            self.add_tag(tag)
        for name in _FILTERS:
            self.add_filter(name, getattr(string_filters, name))
        self.add_filter("default", default)


_TAGS = (
    Literal,
    Output,
    Illegal,
    if_tag.IfTag,
    unless_tag.UnlessTag,
    case_tag.CaseTag,
    assign_tag.AssignTag,
    comment_tag.CommentTag,
)
_FILTERS = (
    "append", "capitalize", "downcase", "escape", "lstrip", "prepend", "remove", "rstrip",
    "strip", "truncate", "truncatewords", "upcase", "url_encode",
)  # fmt: skip

# A text is foreign: the library answers a senseless one with any of these.
_TROUBLE = (
    LiquidError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError,
    RecursionError,
)  # fmt: skip


@cache
def _texts(*, html: bool) -> _Texts:
    return _Texts(undefined=StrictUndefined, strict_filters=True, autoescape=html)


@lru_cache(maxsize=256)
def _template(text: str, *, html: bool) -> BoundTemplate:
    if len(text) > _MOST_TEXT:
        raise BadText(f"the text is longer than {_MOST_TEXT} characters: shorten it")
    try:
        return _texts(html=html).from_string(text)
    except _TROUBLE as error:
        raise BadText(_cure(error)) from error


def _cure(error: Exception) -> str:
    """What to tell the marketer; a LiquidError's own str() draws source lines, and may fail."""
    said = error.message if isinstance(error, LiquidError) else error
    if "is undefined" in str(said):
        return unknown(str(said).replace("is undefined", "").strip(" '"))
    return f"the text cannot be filled: {said}"
