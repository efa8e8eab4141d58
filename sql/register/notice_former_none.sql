-- The snapshot before kept no days of obtaining.
CREATE TEMP VIEW former_obtained AS SELECT NULL::INTEGER AS person, NULL::DATE AS obtained WHERE false
