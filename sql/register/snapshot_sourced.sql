-- What the sources say of a position where a correction stands in their place: identity goes on by it.
CREATE TABLE sourced (position INTEGER NOT NULL, title VARCHAR, email VARCHAR, mobile VARCHAR)
