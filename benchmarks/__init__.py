"""Side-by-side timings of tagboat and the tools it replaces, on generated histories."""
