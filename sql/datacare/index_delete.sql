-- Words with one letter left out (two from eight letters on): words a slip apart share such a spelling.
CREATE TABLE r_delete AS
SELECT DISTINCT spelling, word FROM (
    SELECT text AS spelling, word FROM r_word WHERE length(text) >= 4
    UNION ALL
    SELECT concat(left(text, place - 1), substr(text, place + 1)), word
    FROM (SELECT text, word, unnest(range(1, length(text) + 1)) AS place FROM r_word WHERE length(text) >= 4) AS once
    UNION ALL
    SELECT concat(left(text, place - 1), substr(text, place + 1, other - place - 1), substr(text, other + 1)), word
    FROM (
        SELECT text, word, place, unnest(range(place + 1, length(text) + 1)) AS other
        FROM (SELECT text, word, unnest(range(1, length(text))) AS place FROM r_word WHERE length(text) >= 8) AS first
    ) AS twice
) AS spelled
ORDER BY spelling, word
