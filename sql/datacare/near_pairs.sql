-- Words of the register that share a spelling with an unknown word.
CREATE OR REPLACE TABLE near_pair AS
SELECT DISTINCT mine.text, theirs.word
FROM c_spelling AS mine INNER JOIN r_delete AS theirs ON mine.spelling = theirs.spelling
