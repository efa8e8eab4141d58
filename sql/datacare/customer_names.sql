-- The customer's names with the worth of all their words; a word the register does not know is worth the most.
CREATE OR REPLACE TABLE c_name AS
SELECT name.pid, name.name_no, name.key, name.form, weight.weight
FROM c_name_text AS name
INNER JOIN (
    SELECT token.name_no, CAST(sum(CAST(coalesce(word.idf, total.most) AS DECIMAL(18, 9))) AS DOUBLE) AS weight
    FROM (SELECT DISTINCT name_no, text FROM c_token_text) AS token
    CROSS JOIN (SELECT max(idf) AS most FROM r_word) AS total
    LEFT JOIN r_word AS word ON token.text = word.text
    GROUP BY token.name_no
) AS weight ON name.name_no = weight.name_no
