-- The five nearest of them: one slip, or two in a word of eight letters or more.
CREATE OR REPLACE TABLE near_word AS
SELECT text, word, 1.0 - 1.0 * slips / length(text) AS near, idf
FROM (
    SELECT pair.text, pair.word, word.df, word.idf, damerau_levenshtein(pair.text, word.text) AS slips
    FROM near_pair AS pair INNER JOIN r_word AS word ON pair.word = word.word
) AS measured
WHERE slips <= CASE WHEN length(text) >= 8 THEN 2 ELSE 1 END
QUALIFY row_number() OVER (PARTITION BY text ORDER BY slips, df DESC, word) <= 5
