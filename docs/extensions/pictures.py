"""The pictures of the shipped stacks and of the pipeline, as Graphviz takes them."""

from pathlib import Path

from docs.extensions.component_graph import component_graph
from docs.extensions.container_graphs import flow_graph, network_graph
from docs.extensions.pipeline_graph import pipeline_graph
from docs.extensions.recording import STACKS, record

# The others' application is the same; this is the one with nothing besides.
_FLOW = "dev"


def graphs(root: Path) -> dict[str, str]:
    """Return the graphs by the names of their files, made from what each program registers."""
    found = {"pipeline.dot": pipeline_graph(root)}
    for kind in STACKS:
        registrations = record(root, kind)
        found[f"{kind}-components.dot"] = component_graph(registrations)
        found[f"{kind}-networks.dot"] = network_graph(registrations)
        if kind == _FLOW:
            found[f"{kind}-flow.dot"] = flow_graph(registrations)
    return found
