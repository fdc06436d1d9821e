"""What Dockyard costs, each figure a ratio to something else measured in the same run."""
