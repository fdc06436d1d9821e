"""Run the program of the selected stack."""

import gc
import sys

import pulumi

import stacks

# What the imports made lives as long as the program. To look through all of it for garbage, now and
# then and once more at the end, takes a tenth of a second.
gc.freeze()

# What a language host takes for "the error has been shown"; after any other code it adds its own.
_ERROR_SHOWN = 32

try:
    stacks.run(pulumi.get_stack())
except pulumi.RunError as error:
    pulumi.log.error(str(error))
    sys.exit(_ERROR_SHOWN)
