"""The Jinja2 environment in which templates run: sandboxed, strict, escaping for one format.

Jinja's autoescape tracks which strings are markup (`markupsafe.Markup`); what it would escape as
HTML is escaped for the format at hand instead, wherever markup and text meet: in printed
expressions, ``~``, ``+``, ``%`` and the filters that mix the two. Methods of markup strings that
mix are out of reach.
"""

from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import jinja2
from jinja2.filters import make_attrgetter
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from tagboat.adapters.jinja_renderer.compiler import HOLDERS, Generator
from tagboat.adapters.jinja_renderer.files import TemplateFiles
from tagboat.core.changelog.markup import Json, PlainText

_METHODS_OF_DICT = frozenset(dir(dict))
_MIXING = frozenset(
    ("center", "format", "format_map", "join", "ljust", "replace", "rjust", "striptags", "unescape")
)
_HTML_FILTERS = ("forceescape", "random", "tojson", "urlize", "xmlattr")
_MAX_LENGTH = 1_000_000
_MAX_POWER = 1_000


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment whose expressions print text of one format."""

    code_generator_class = Generator
    holders = HOLDERS
    intercepted_binops = frozenset(("+", "%", "*", "**"))

    def __init__(self, files: TemplateFiles, markup: PlainText) -> None:
        super().__init__(
            loader=files,
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._files = files
        self._markup = markup
        self._line = markup.line
        self._found: dict[tuple[str, str], jinja2.Template] = {}
        self._set_up()

    def printed(self, value: object) -> str:
        """What is written for an expression."""
        if type(value) is str:
            return self._line(value)
        return value if type(value) is Markup else self._markup.value(value)

    def linked(self, text: object, url: str) -> str:
        """What is written for ``text|link(url)``."""
        return self._markup.link(str(text), url)

    def escaped(self, value: object) -> Markup:
        """Any value as text of the format; markup stays as it is."""
        return value if isinstance(value, Markup) else _as_markup(self._markup.value(value))

    def joined(self, parts: Iterable[object]) -> str:
        """What ``~`` gives: markup as soon as one of the parts is."""
        parts = tuple(parts)
        if any(isinstance(part, Markup) for part in parts):
            return _as_markup("".join(map(self.escaped, parts)))
        return "".join(map(str, parts))

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja's signature
        """An attribute, quickly where it is a field or a word of ours."""
        if type(obj) is dict and attribute in obj and attribute not in _METHODS_OF_DICT:
            return obj[attribute]
        if type(obj) in HOLDERS.get(attribute, ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:  # noqa: ANN401 - the same
        """A safe ``str.format``; none for markup, whose own would escape as HTML."""
        if isinstance(getattr(value, "__self__", None), Markup):
            return None
        return super().wrap_str_format(value)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 - the same
        """Whether a template may use an attribute."""
        if isinstance(obj, Markup) and attr in _MIXING:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """An operator, within limits, and with text escaped where it meets markup."""
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return self.joined((left, right))
        if operator == "%" and isinstance(left, str):
            return self._formatted(left, *(right if isinstance(right, tuple) else (right,)))
        if operator == "*" and _repeat_length(left, right) > _MAX_LENGTH:
            raise OverflowError(f"a text or list of more than {_MAX_LENGTH:,} items")
        if operator == "**" and max(abs(left), abs(right)) > _MAX_POWER:
            raise OverflowError(f"a power of a number above {_MAX_POWER:,}")
        return super().call_binop(context, operator, left, right)

    def join_path(self, template: str, parent: str) -> str:
        """The template that another one means by a name."""
        return self._files.joined(template, parent)

    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's name
    ) -> jinja2.Template:
        """A template; what another one extends is asked for once a release."""
        if not isinstance(name, str) or parent is None or globals is not None:
            return super().get_template(name, parent, globals)
        if (name, parent) not in self._found:
            self._found[name, parent] = super().get_template(name, parent)
        return self._found[name, parent]

    def _set_up(self) -> None:
        for name in _HTML_FILTERS:
            del self.filters[name]
        del self.globals["lipsum"]
        if isinstance(self._markup, Json):
            self.filters["tojson"] = self.escaped
        self.filters |= {
            "e": self.escaped,
            "escape": self.escaped,
            "format": self._formatted,
            "join": self._list,
            "link": self._link,
            "paragraphs": self._paragraphs,
            "replace": self._replaced,
        }

    def _link(self, text: object, url: str) -> Markup:
        """``text|link(url)``: a link, or only the text where there is no address."""
        return _as_markup(self.linked(text, url))

    def _paragraphs(self, text: object, indent: int = 0) -> Markup:
        """``text|paragraphs(2)``: text of several paragraphs, its lines indented."""
        return _as_markup(self._markup.paragraphs(str(text), indent))

    def _formatted(self, text: str, *args: object, **named: object) -> str:
        """``text|format(...)``: text with ``%s`` filled in."""
        if not isinstance(text, Markup):
            return str(text) % (named or args)
        safe = {key: self._filler(value) for key, value in named.items()}
        return _as_markup(str(text) % (safe or tuple(map(self._filler, args))))

    def _filler(self, value: object) -> object:
        return str(self.escaped(value)) if isinstance(value, str) else value

    def _list(self, values: Iterable[object], d: str = "", attribute: str | None = None) -> str:
        """``values|join(", ")``: the values with a text between them."""
        if attribute is not None:
            values = map(make_attrgetter(self, attribute), values)
        parts: list[object] = []
        for value in values:
            parts += (d, value)
        return self.joined(parts[1:])

    def _replaced(self, text: str, old: str, new: str, count: int = -1) -> str:
        """``text|replace(old, new)``: markup where the text or the replacement is."""
        if not isinstance(text, Markup) and not isinstance(new, Markup):
            return str(text).replace(str(old), str(new), count)
        return _as_markup(str(self.escaped(text)).replace(str(old), str(self.escaped(new)), count))


def _as_markup(text: str) -> Markup:
    """Text that needs no escaping any more; the one place that vouches for it."""
    return str.__new__(Markup, text)


def _repeat_length(left: object, right: object) -> int:
    """How long a text or list becomes when it is multiplied; 0 for numbers."""
    for sequence, times in ((left, right), (right, left)):
        if isinstance(sequence, str | list | tuple) and isinstance(times, int):
            return len(sequence) * times
    return 0
