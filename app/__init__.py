"""The reddit services: what their images are made of, and what they are called."""
