"""Images: their definition, build, tags and parts, as OCI's specifications name them."""
