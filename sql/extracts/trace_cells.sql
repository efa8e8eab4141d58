-- Blinded channel cells of the suspect: the exact rendering, and the canonical form (marked by "=").
CREATE TEMP TABLE suspect_cell AS
WITH message AS (
    SELECT line, channel || ':' || exact AS message FROM suspect_rendering
    UNION SELECT line, channel || ':=' || canonical FROM suspect_rendering
),
keyed AS (
    SELECT message, hmac64($inner, $outer, encode(message)) AS cell FROM (SELECT DISTINCT message FROM message)
)
SELECT line, cell FROM message JOIN keyed USING (message)
