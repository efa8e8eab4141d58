-- Rows of one person, as stars around the smallest row that shares a key.
CREATE TEMP TABLE link (one BIGINT, other BIGINT)
