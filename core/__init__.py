"""Ground floor: errors, settings, time, ids, identity, keys and files. Imports nothing of the project."""
