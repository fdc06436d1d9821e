"""The post service: keeps posts and counts their votes."""
