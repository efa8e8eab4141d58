"""Sources: files in, accepted rows out (R001-R011)."""
