"""Registries of images."""

from tagboat.adapters.registry.auth import Login
from tagboat.adapters.registry.client import RegistryOptions
from tagboat.adapters.registry.registry import HttpRegistry

__all__ = ["HttpRegistry", "Login", "RegistryOptions"]
