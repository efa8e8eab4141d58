-- A label is a row too: jumping to its own new label halves the rounds.
CREATE OR REPLACE TEMP TABLE component AS
SELECT r.rid, j.label FROM reach AS r JOIN reach AS j ON j.rid = r.label
