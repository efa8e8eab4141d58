-- Linked rows, each labelled by itself at first.
CREATE TEMP TABLE component AS
SELECT rid, rid AS label FROM (SELECT one AS rid FROM link UNION SELECT other FROM link)
