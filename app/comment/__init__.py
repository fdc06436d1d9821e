"""The comment service: keeps what people say about posts."""
