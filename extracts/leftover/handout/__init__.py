"""What a recipient gets with a key: a program of its own, and instructions. Nothing of ours imports it."""
