CREATE TEMP TABLE position_of AS
WITH old AS (SELECT unit, min(position) AS position FROM held GROUP BY unit)
SELECT u.unit, o.position, u.person, u.org, u.title, u.size FROM unit AS u JOIN old AS o ON o.unit = u.unit
UNION ALL
SELECT u.unit, ($next_position + row_number() OVER (ORDER BY u.unit) - 1)::INTEGER, u.person, u.org, u.title, u.size
FROM unit AS u ANTI JOIN old AS o ON o.unit = u.unit
