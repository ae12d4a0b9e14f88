"""Why something holds, was refused or could not be read: each with all that is true of it. Pure.

A reason says itself what it is; nobody keeps a list of codes elsewhere. Gates own theirs, beside the gate.
"""

from updater.reasons.reason import About, Reason, reasons_in

__all__ = ["About", "Reason", "reasons_in"]
