"""The HTTP edge: client payloads in, raw records to Kafka, and the scores out again from the Redis view."""
