"""Record: what was made, how it differs from what is there now, and where moving tags lead."""
