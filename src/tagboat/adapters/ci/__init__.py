"""CI systems: which one runs this, and the outputs, summaries and annotations it reads."""
