"""What we decide: pure functions of records, state and time. No clock, no network, no logging, no environment."""
