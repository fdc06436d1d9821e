"""The policy pack: what must never happen in any stack, judged in the preview.

``pulumi preview --policy-pack policies`` refuses a stack that breaks a rule. Exceptions are data,
each with a reason: ``exceptions.yaml``.
"""
