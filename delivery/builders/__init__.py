"""What builds images, and pushes them: replaceable, one module each."""
