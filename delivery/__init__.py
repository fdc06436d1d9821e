"""What the pipeline's jobs call, and a person at home just the same."""
