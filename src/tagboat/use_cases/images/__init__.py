"""Images: build them, stage them in their repositories, and find them there again."""
