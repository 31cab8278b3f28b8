"""Where templates come from: a file of the repository, or the ones that tagboat ships.

A repository's template may use the files beside it and tagboat's own. It never reaches a file
outside the repository, in ``.git`` (which may hold credentials) or without the suffix ``.j2``.
Inside Jinja, names of repository files start with ``./`` and are relative to its top folder; a bare
name is ours.
"""

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes

from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.core.errors import UsageError

_SUFFIX = ".j2"
_MAX_BYTES = 1_000_000


class TemplateFiles(jinja2.BaseLoader):
    """Loads templates; ``root`` is the repository's top folder, None where it has no work tree.

    ``trees`` are the templates that were read so far, by name.
    """

    def __init__(self, root: str | None) -> None:
        self._files = None if root is None else RepositoryFiles(root)
        self.trees: dict[str, nodes.Template] = {}
        self._shipped = {path.name: path for path in sorted(_folder().glob(f"*{_SUFFIX}"))}

    def chosen(self, template: str) -> str:
        """The name under which Jinja knows a configured template; ``psr`` is ``psr.md.j2``.

        Raises UsageError where neither the repository nor tagboat has it.
        """
        if (name := self._in_repository(template)) is not None:
            return name
        if template in self._shipped:
            return template
        if f"{template}.md.j2" in self._shipped:
            return f"{template}.md.j2"
        shipped = ", ".join(name for name in self._shipped if name.count(".") > 1)
        raise UsageError(
            f"there is no template {template!r}: neither a file below the repository's top folder "
            f"with the suffix {_SUFFIX} nor one that is shipped",
            hint=f"shipped are {shipped}",
        )

    def joined(self, template: str, parent: str) -> str:
        """The name that ``template`` has when ``parent`` extends, includes or imports it.

        For a file of the repository this is the file beside it; if there is none, or it would be
        ``parent`` itself, the shipped one.
        """
        if parent.startswith("./"):
            name = self._in_repository(str(Path(parent).parent / template))
            if name is not None and name != parent:
                return name
        return template

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, None]:
        """Read a template. Raises TemplateNotFound, and UsageError for what can't be one."""
        del environment
        content = None
        if template in self._shipped:
            content = self._shipped[template].read_bytes()
        elif template.startswith("./") and self._files is not None:
            content = self._files.data(template_name(template), _MAX_BYTES)
        if content is None:
            raise jinja2.TemplateNotFound(template)
        try:
            return content.decode("utf-8-sig"), template, None
        except UnicodeDecodeError as error:
            raise UsageError(
                f"{template_name(template)}: a template is UTF-8, and this file is not"
            ) from error

    def tree(self, environment: jinja2.Environment, name: str) -> nodes.Template:
        """A template as Jinja's parser gives it; each is read and parsed once."""
        if name not in self.trees:
            source, path, _ = self.get_source(environment, name)
            self.trees[name] = environment.parse(source, name, path)
        return self.trees[name]

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's name
    ) -> jinja2.Template:
        """A template, compiled. Raises what `get_source` does, and TemplateSyntaxError."""
        code = environment.compile(self.tree(environment, name), name, name)
        # Jinja's globals are a chain of maps, which takes long to copy for every release.
        return environment.template_class.from_code(environment, code, dict(globals or ()))

    def _in_repository(self, template: str) -> str | None:
        """The name of a file of the repository, or None where it has none that is allowed."""
        if self._files is None:
            return None
        try:
            inside = self._files.inside(os.path.normpath(template))
        except UsageError:
            return None
        is_one = inside.endswith(_SUFFIX) and os.path.isfile(self._files.absolute(inside))
        return f"./{inside}" if is_one else None


def template_name(name: str) -> str:
    """A template's name as a person writes it."""
    return name.removeprefix("./")


def _folder() -> Path:
    """The shipped templates: inside the installed package, or beside ``src`` in a checkout."""
    package = Path(__file__).parents[2]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent.parent / "templates"
