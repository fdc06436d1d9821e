"""The ui service: the pages that people see."""
