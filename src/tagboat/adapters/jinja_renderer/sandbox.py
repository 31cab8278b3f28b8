"""The Jinja2 environment in which templates run: sandboxed, strict, escaping for one format.

Jinja's autoescape tracks which strings are markup (`markupsafe.Markup`); what it would escape as
HTML is escaped for the format at hand instead, wherever markup and text meet: in printed
expressions, ``~``, ``+``, ``%`` and the filters that mix the two. Methods of markup strings that
mix are out of reach.

The code that templates become is Jinja's, quick where a changelog spends its time. Expressions are
printed and joined (``~``) by the format's rules; fields of our own records are read without asking
whether a template may, which it may; and a scoped block that nobody fills in anew is run where it
stands, instead of through a context of its own, and written in one piece.
"""

from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, find_undeclared
from jinja2.filters import make_attrgetter
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from tagboat.adapters.jinja_renderer.files import TemplateFiles
from tagboat.core.changelog import changelog, entry
from tagboat.core.changelog.markup import Json, PlainText


def _readable(kind: type, fields: Iterable[str]) -> frozenset[str]:
    """The fields of a record, and what else it tells as properties."""
    told = (name for name, value in vars(kind).items() if isinstance(value, property))
    return frozenset((*fields, *told))


_FIELDS: dict[type, frozenset[str]] = {
    kind: _readable(kind, kind._fields)
    for kind in (
        changelog.ReleaseNotes,
        changelog.Group,
        changelog.NewContributor,
        entry.ChangelogEntry,
        entry.EntryCommit,
        entry.LinkedReference,
        entry.Contributor,
    )
}
_FIELDS[LoopContext] = frozenset(("first", "last", "index", "index0", "length"))

HOLDERS = {
    name: frozenset(kind for kind, names in _FIELDS.items() if name in names)
    for name in frozenset().union(*_FIELDS.values())
}
"""The records that have a field, for each field; the variable `loop` is one of them."""
_METHODS_OF_DICT = frozenset(dir(dict))
_MIXING = frozenset(
    ("center", "format", "format_map", "join", "ljust", "replace", "rjust", "striptags", "unescape")
)
_HTML_FILTERS = ("forceescape", "random", "tojson", "urlize", "xmlattr")
_MAX_LENGTH = 1_000_000
_MAX_POWER = 1_000


class Generator(CodeGenerator):
    """Jinja's compiler for our templates.

    As in Jinja's own generator for native types, what stands around a printed expression differs.
    """

    _link: nodes.Expr | None = None
    """The link that is printed next."""

    def visit_Template(  # noqa: N802 - Jinja's name
        self, node: nodes.Template, frame: Frame | None = None
    ) -> None:
        """Write the code of a template, which looks up only once what its expressions call."""
        for name in ("printed", "linked", "joined", "getattr"):
            self.writeline(f"{name}_ = environment.{name}")
        fields = {used.attr for used in node.find_all(nodes.Getattr)}
        for name in sorted(fields & HOLDERS.keys()):
            self.writeline(f"holders_of_{name} = environment.holders[{name!r}]")
        super().visit_Template(node, frame)

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:  # noqa: ANN401
        """Leave everything but the template's own text to be printed when it runs."""
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: object) -> None:
        """Write what stands before a printed expression."""
        del frame, finalize
        self._link = node if _is_link(node) else None
        if self._link is None:
            self.write("printed_(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: object) -> None:
        """Write what stands after a printed expression."""
        del frame, finalize
        if not _is_link(node):
            self.write(")")

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        """Write the code for ``a|b``; a link that is only printed needs no mark as markup."""
        if node is not self._link or node.node is None:
            super().visit_Filter(node, frame)
            return
        self.write("linked_(")
        self.visit(node.node, frame)
        self.write(", ")
        self.visit(node.args[0], frame)
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        """Write the code for ``a ~ b``."""
        self.write("joined_((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - the same
        """Write the code for ``a.b``."""
        if node.attr not in HOLDERS:
            super().visit_Getattr(node, frame)
            return
        value = self.temporary_identifier()
        self.write(f"({value}.{node.attr} if type({value} := ")
        self.visit(node.node, frame)
        self.write(f") in holders_of_{node.attr}")
        self.write(f" else getattr_({value}, {node.attr!r}))")

    def visit_Block(self, node: nodes.Block, frame: Frame) -> None:  # noqa: N802 - the same
        """Write the code for a block where it stands."""
        if frame.toplevel or not node.scoped or find_undeclared(node.body, ("self", "super")):
            super().visit_Block(node, frame)
            return
        self.writeline(f"if context.blocks[{node.name!r}][0] is block_{node.name}:", node)
        self.indent()
        self.pull_dependencies(node.body)
        self._collected(nodes.Scope(node.body, lineno=node.lineno), frame)
        self.outdent()
        self.writeline("else:")
        self.indent()
        super().visit_Block(node, frame)
        self.outdent()

    def _collected(self, scope: nodes.Scope, frame: Frame) -> None:
        """Write the code for a part that yields once: each piece would pass several generators."""
        if frame.buffer is not None:
            self.visit_Scope(scope, frame)
            return
        inner = frame.copy()
        self.buffer(inner)
        self.visit_Scope(scope, inner)
        self.writeline(f"yield concat({inner.buffer})", scope)


def _is_link(node: nodes.Expr) -> bool:
    """Whether an expression is ``a|link(b)``."""
    if not isinstance(node, nodes.Filter) or node.name != "link":
        return False
    return len(node.args) == 1 and not (node.kwargs or node.dyn_args or node.dyn_kwargs)


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
