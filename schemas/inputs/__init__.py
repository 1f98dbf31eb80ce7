"""The records of the input topics (scoring.md section 2), as they come: one module a stream."""
