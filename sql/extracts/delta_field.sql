-- Keyed digests of one column's cells, by place.
SELECT hmac64($state_inner, $state_outer, encode(unit || chr(30) || $field || chr(30) || cell)) AS digest
FROM gate_cells
ORDER BY place
