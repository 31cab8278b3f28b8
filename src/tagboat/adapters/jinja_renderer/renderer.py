"""Release notes through Jinja2 templates, in a sandbox, with the escaping of the output's format.

A template's suffix names its format: ``.md.j2``, ``.rst.j2``, ``.txt.j2``, ``.json.j2``,
``.html.j2``. Everything an expression prints is written in that format as text; `|safe` marks what
is markup. Jinja's autoescape is on so that it tracks which strings are markup already, and what it
would escape as HTML is escaped for the format instead. docs/templates.md is the contract with
template authors.
"""

from collections.abc import Container, Iterable, Iterator
from functools import cached_property
from os.path import splitext
from types import TracebackType
from typing import NoReturn

import jinja2
from jinja2 import meta, nodes
from jinja2.exceptions import SecurityError

from tagboat.adapters.jinja_renderer.files import TemplateFiles, template_name
from tagboat.adapters.jinja_renderer.sandbox import Sandbox
from tagboat.core.changelog.changelog import CONTEXT_VERSION, ReleaseNotes
from tagboat.core.changelog.markup import Html, Json, Linker, PlainText
from tagboat.core.changelog.markup_formats import Markdown, RestructuredText
from tagboat.core.changelog.options import ChangelogOptions
from tagboat.core.errors import UsageError
from tagboat.core.escape import in_terminal
from tagboat.core.forge.links import Links

DEFAULT_TEMPLATE = "changelog.md.j2"

_BY_ENDING = {
    ".rst": "changelog.rst.j2",
    ".rest": "changelog.rst.j2",
    ".txt": "plain.txt.j2",
    ".text": "plain.txt.j2",
    ".json": "changelog.json.j2",
}
_UNWRITTEN = (".adoc", ".asciidoc", ".htm", ".html", ".org", ".pod", ".rdoc", ".textile", ".xml")

_FORMATS: dict[str, type[PlainText]] = {
    ".md.j2": Markdown,
    ".rst.j2": RestructuredText,
    ".txt.j2": PlainText,
    ".json.j2": Json,
    ".html.j2": Html,
}
_LAYOUT = "layout.j2"
_NEWCOMERS = "new_contributors"


class JinjaRenderer:
    """Writes releases with one template.

    ``template`` is the path of a file below ``root`` (the repository's top folder; None where there
    is no work tree), or else the name of a template that tagboat ships: that is the ``layout``.
    ``is_document`` says that nothing can be added to what it writes. Raises `UsageError` where
    there is none, and wherever the template is wrong, with its name and line.
    """

    def __init__(
        self,
        options: ChangelogOptions,
        links: Links,
        template: str = DEFAULT_TEMPLATE,
        root: str | None = None,
    ) -> None:
        self._files = TemplateFiles(root)
        name = self._files.chosen(template)
        self.layout = "" if name.startswith("./") else name.partition(".")[0]
        suffix = next((suffix for suffix in _FORMATS if name.endswith(suffix)), None)
        self.is_document = suffix == ".json.j2"
        if suffix is None:
            known = ", ".join(_FORMATS)
            raise UsageError(f"{template}: a template's name ends with one of {known}")
        markup = _FORMATS[suffix](Linker(links, options.tickets))
        self._sandbox = Sandbox(self._files, markup)
        self._sandbox.globals["words"] = dict(options.words)
        self._sandbox.globals["context_version"] = CONTEXT_VERSION
        self._trees = self._files.trees
        self._parse(name)
        self._template = self._compiled(name)
        # What tagboat ships has no such characters, and what messages say is written without them.
        self._shown = in_terminal if name.startswith("./") else str

    @cached_property
    def needs_newcomers(self) -> bool:
        """Whether the template, or one it uses, asks for ``new_contributors``."""
        return any(map(_asks_for_newcomers, self._trees.values()))

    def document(self, releases: Iterable[ReleaseNotes]) -> Iterator[str]:
        """The whole changelog in pieces: header, each release as `notes` writes it, footer."""
        return self.assembled(map(self.notes, releases))

    def assembled(self, notes: Iterable[str]) -> Iterator[str]:
        """The whole changelog in pieces, from what `notes` gave for each release."""
        yield self.header()
        separator = ""
        for text in notes:
            yield separator + text
            separator = separator or self._part("separator")
        yield self._part("footer")

    def notes(self, release: ReleaseNotes) -> str:
        """One release: no blank lines around it, one line end behind it."""
        return self._rendered(part="release", release=release).strip("\n") + "\n"

    def header(self) -> str:
        """What stands before the first release."""
        return self._part("header")

    def _part(self, part: str) -> str:
        """A part of the document around the releases; a template without the layout has none."""
        if _LAYOUT in self._trees:
            return self._rendered(part=part)
        return "\n" if part == "separator" else ""

    def _rendered(self, **context: object) -> str:
        try:
            return self._shown(self._template.render(context))
        except Exception as error:  # noqa: BLE001 - a template can raise anything Python can
            _raise_error(error, self._trees)

    def _compiled(self, name: str) -> jinja2.Template:
        """Compile every template that is used, so that a fault shows before anything is written."""
        try:
            compiled = {used: self._sandbox.get_template(used) for used in self._trees}
        except jinja2.TemplateSyntaxError as error:
            _raise_error(error, self._trees)
        return compiled[name]

    def _parse(self, name: str, user: str = "") -> None:
        """Read a template and all that it extends, includes or imports."""
        if name in self._trees:
            return
        try:
            tree = self._files.tree(self._sandbox, name)
        except jinja2.TemplateNotFound as error:
            raise UsageError(f"{template_name(user)}: {_error_text(error)}") from error
        except jinja2.TemplateSyntaxError as error:
            _raise_error(error, self._trees)
        for used in meta.find_referenced_templates(tree):
            if used is None:
                raise UsageError(
                    f"{template_name(name)}: it extends, includes or imports a template that "
                    "is not named by a plain text"
                )
            self._parse(self._files.joined(used, name), name)


def is_of_repository(template: str, root: str | None) -> bool:
    """Whether a template is a file of the repository. Raises UsageError where there is none."""
    return TemplateFiles(root).chosen(template).startswith("./")


def template_for(file: str) -> str:
    """The shipped template that writes what a file's ending says; Markdown where it says nothing.

    Raises UsageError for a format that no shipped template writes.
    """
    ending = splitext(file)[1].lower()
    if ending in _UNWRITTEN:
        raise UsageError(
            f"no template that is shipped writes {ending}, as {file} wants it",
            "name a template of your own in `changelog.template`, such as ./changelog.txt.j2",
        )
    return _BY_ENDING.get(ending, DEFAULT_TEMPLATE)


def _raise_error(error: Exception, names: Container[str]) -> NoReturn:
    """Say what is wrong with a template, and where."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        name, line = error.name or "", error.lineno
    else:
        name, line = _error_line(error.__traceback__, names)
    raise UsageError(f"{template_name(name)}:{line}: {_error_text(error)}") from error


def _error_line(trace: TracebackType | None, names: Container[str]) -> tuple[str, int]:
    """The innermost template and line that an error came through."""
    found = ("the template", 1)
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name in names:
            found = (name, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _error_text(error: Exception) -> str:
    """What a person can do something about."""
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.name!r} beside it, and none that is shipped"
    if isinstance(error, SecurityError):
        return f"not allowed in a template: {error}"
    if isinstance(error, MemoryError):
        return "it takes more memory than it may have"
    if isinstance(error, RecursionError):
        return "it includes or calls itself without end"
    return str(error) or type(error).__name__


def _asks_for_newcomers(tree: nodes.Template) -> bool:
    """Whether a template names the field, as an attribute or in a text (``map(attribute=...)``)."""
    if any(node.attr == _NEWCOMERS for node in tree.find_all(nodes.Getattr)):
        return True
    return any(node.value == _NEWCOMERS for node in tree.find_all(nodes.Const))
