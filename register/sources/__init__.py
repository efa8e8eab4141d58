"""Sources: files in, accepted rows out (R001-R011)."""

from register.sources.load import load_files

__all__ = ["load_files"]
