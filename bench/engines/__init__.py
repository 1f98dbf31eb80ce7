"""One engine a file, one process a run: reads a Spec, prints one JSON line."""
