"""The outside world: SMPP connections and webhooks, without tables and use cases."""
