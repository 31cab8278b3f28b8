"""The project itself: its builder of histories, its imports and its documents."""
