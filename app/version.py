"""The version of PowerSync, alone, so that every layer may know it."""

__version__ = "0.1.0"
