CREATE OR REPLACE TABLE c_spelling AS
SELECT DISTINCT spelling, text FROM (
    SELECT text AS spelling, text FROM c_unknown
    UNION ALL
    SELECT concat(left(text, place - 1), substr(text, place + 1)), text
    FROM (SELECT text, unnest(range(1, length(text) + 1)) AS place FROM c_unknown) AS once
    UNION ALL
    SELECT concat(left(text, place - 1), substr(text, place + 1, other - place - 1), substr(text, other + 1)), text
    FROM (
        SELECT text, place, unnest(range(place + 1, length(text) + 1)) AS other
        FROM (SELECT text, unnest(range(1, length(text))) AS place FROM c_unknown WHERE length(text) >= 8) AS first
    ) AS twice
) AS spelled
