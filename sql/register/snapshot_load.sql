-- Loads the snapshot was built from.
CREATE TABLE load (load INTEGER NOT NULL, source VARCHAR NOT NULL, obtained_on DATE)
