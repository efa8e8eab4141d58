SELECT DISTINCT text FROM (
    SELECT title AS text FROM position_input UNION ALL SELECT title FROM previous.position
) WHERE text IS NOT NULL
