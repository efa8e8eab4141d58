CREATE OR REPLACE TABLE c_word AS SELECT pid, name_no, text, word, near FROM c_known
