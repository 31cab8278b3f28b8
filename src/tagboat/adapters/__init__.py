"""One outside thing each, behind a port; no adapter knows another, except the process runner."""
