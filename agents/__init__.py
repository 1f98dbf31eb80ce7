"""Everything that touches the world: Kafka, HTTP, Redis, metrics, the environment and the clock."""
