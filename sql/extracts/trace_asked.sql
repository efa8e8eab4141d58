-- The suspect's blind indexes by kind.
SELECT kind, key FROM suspect_key
