-- Words of the open rows as the register spells them.
CREATE OR REPLACE TABLE c_word AS
SELECT known.pid, known.name_no, known.text, known.word, known.near, known.worth
FROM c_known AS known INNER JOIN open_row AS open ON known.pid = open.pid
UNION ALL
SELECT DISTINCT token.pid, token.name_no, token.text, near.word, near.near, near.near * near.idf AS worth
FROM c_token_text AS token
INNER JOIN open_row AS open ON token.pid = open.pid
INNER JOIN near_word AS near ON token.text = near.text
