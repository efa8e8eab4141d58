-- A position's key that was put together from other columns, as a hash: the name is not in it.
SELECT substr(sha256(text), 1, 32) AS key FROM composed
