CREATE OR REPLACE TABLE c_word AS SELECT pid, name_no, text, word, near, worth FROM c_known
