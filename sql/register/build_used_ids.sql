-- The largest ids in use: whoever got a new one is in the snapshot.
SELECT (SELECT coalesce(max(person), 0) FROM person), (SELECT coalesce(max(position), 0) FROM position)
