"""Run the program of the selected stack."""

import gc
import sys

import pulumi

import stacks

# Nearly all that a program makes lives as long as it does. To look through all of it for garbage,
# again and again and once more at the end, takes a sixth of the production stack's preview.
gc.disable()
gc.freeze()

# What a language host takes for "the error has been shown"; after any other code it adds its own.
_ERROR_SHOWN = 32

try:
    stacks.run(pulumi.get_stack())
except pulumi.RunError as error:
    pulumi.log.error(str(error))
    sys.exit(_ERROR_SHOWN)
