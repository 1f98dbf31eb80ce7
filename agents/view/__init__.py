"""The Redis view: what readers see. All of it can be rebuilt from the output topics."""
