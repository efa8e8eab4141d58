-- Words of the rows that are still open which the register does not know, with the spellings that a slip would share.
CREATE OR REPLACE TABLE c_unknown AS
SELECT DISTINCT token.text FROM c_token_text AS token
INNER JOIN open_row AS open ON token.pid = open.pid
LEFT JOIN r_word AS word ON token.text = word.text
WHERE word.word IS NULL AND length(token.text) >= 4
