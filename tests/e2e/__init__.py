"""Everything together: a real engine, real registries, real signatures."""
