"""All three services in one process, as the seed had them: for demonstration, not for production.

One container to start and nothing to wire up; in return, the services can't be scaled, limited or
replaced one by one, and a fault in one of them stops all.
"""
