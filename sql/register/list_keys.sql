-- An outside list's values as keyed hashes, in the order of the hashes.
SELECT unhex(hmac_hex($inner, $outer, encode($kind || ':' || value))) AS key FROM listed ORDER BY key
