"""What the registered people may ask of us. First of all: not to be disclosed."""
