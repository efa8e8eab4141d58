-- Which words stand in which name.
CREATE TABLE r_token AS
SELECT DISTINCT token.pid, token.name_no, word.word
FROM r_token_text AS token INNER JOIN r_word AS word ON token.text = word.text
ORDER BY word.word, token.pid, token.name_no
