"""Docker buildx: builders, builds by bake files, and indexes made of images in a registry."""

from tagboat.adapters.buildx.buildx import Buildx

__all__ = ["Buildx"]
