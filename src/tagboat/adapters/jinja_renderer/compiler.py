"""The code that templates become: Jinja's, quick where a changelog spends its time.

Expressions are printed and joined (``~``) by the format's rules; fields of our own records are read
without asking whether a template may, which it may; and a scoped block that nobody fills in anew is
run where it stands, instead of through a context of its own, and written in one piece.
"""

from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, find_undeclared
from jinja2.runtime import LoopContext

from tagboat.core.changelog import changelog, entry

_FIELDS: dict[type, frozenset[str]] = {
    kind: frozenset(kind._fields)
    for kind in (
        changelog.ReleaseNotes,
        changelog.Group,
        changelog.NewContributor,
        entry.ChangelogEntry,
        entry.LinkedReference,
        entry.Contributor,
    )
}
_FIELDS[changelog.ReleaseNotes] |= {"sections"}
_FIELDS[LoopContext] = frozenset(("first", "last", "index", "index0", "length"))

HOLDERS = {
    name: frozenset(kind for kind, names in _FIELDS.items() if name in names)
    for name in frozenset().union(*_FIELDS.values())
}
"""The records that have a field, for each field; the variable `loop` is one of them."""


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
