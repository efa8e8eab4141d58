-- The customer's words that the register has too.
CREATE OR REPLACE TABLE c_known AS
SELECT DISTINCT token.pid, token.name_no, token.text, word.word, 1.0 AS near, word.idf AS worth
FROM c_token_text AS token INNER JOIN r_word AS word ON token.text = word.text
