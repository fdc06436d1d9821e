"""What the three services share: settings, logs, metrics, health and a server that stops cleanly.

Kept free of imports: the health probe runs every two seconds and starts from here.
"""
