SELECT DISTINCT text FROM (
    SELECT title AS text FROM position_input UNION ALL SELECT title FROM previous.position
    UNION ALL SELECT title FROM former_sourced UNION ALL SELECT value FROM correction WHERE field = 'title'
) WHERE text IS NOT NULL
