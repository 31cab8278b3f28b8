"""Release notes through Jinja2 templates; docs/templates.md is the contract with their authors."""

from tagboat.adapters.jinja_renderer.renderer import (
    JinjaRenderer,
    is_of_repository,
    template_for,
)

__all__ = ["JinjaRenderer", "is_of_repository", "template_for"]
