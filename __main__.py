"""Run the program of the selected stack."""

import pulumi

import stacks

stacks.run(pulumi.get_stack())
