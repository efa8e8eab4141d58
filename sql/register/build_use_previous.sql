USE previous
