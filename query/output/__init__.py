"""Entries as bytes in each of journalctl's output modes. Imports only `journal` and the standard library."""

from journalhub.query.output.options import MODES, OutputOptions
from journalhub.query.output.render import render

__all__ = ["MODES", "OutputOptions", "render"]
