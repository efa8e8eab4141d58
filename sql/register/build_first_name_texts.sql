SELECT DISTINCT text FROM (
    SELECT first_name AS text FROM position_input
    UNION ALL SELECT first_name FROM previous.person
    UNION ALL SELECT first_name FROM previous.person_name
) WHERE text IS NOT NULL
