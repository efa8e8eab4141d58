-- The register's vocabulary: in how many parties a word stands, and what meeting it is worth.
CREATE TABLE r_word AS
SELECT row_number() OVER (ORDER BY text) AS word, text, df, ln(1.0 * total / df) AS idf
FROM (SELECT text, count(DISTINCT pid) AS df FROM r_token_text GROUP BY text) AS counted
CROSS JOIN (SELECT count(*) AS total FROM r_party) AS parties
