"""Release notes through Jinja2 templates; docs/templates.md is the contract with their authors."""

from tagboat.adapters.jinja_renderer.renderer import (
    DEFAULT_TEMPLATE,
    JinjaRenderer,
    is_of_repository,
)

__all__ = ["DEFAULT_TEMPLATE", "JinjaRenderer", "is_of_repository"]
