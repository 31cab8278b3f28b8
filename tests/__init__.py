"""The tests of tagboat."""
