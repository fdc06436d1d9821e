"""A stand-in for Pulumi's ``pulumi-language-python``.

The engine starts it as a plugin and asks it over gRPC to run a Python program. The program itself
is run by Pulumi's own executor, ``pulumi-language-python-exec``, which lies beside the host: what
a program sees is therefore the real thing; only the process around it stands in.

It deliberately does not guess toolchains, check types, attach debuggers or generate code. Where a
project asks for one of these, it says so and refuses.
"""
