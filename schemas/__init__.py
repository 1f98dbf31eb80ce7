"""What crosses a wire: the records of every topic, their codec, the topic registry. Imports msgspec only."""
