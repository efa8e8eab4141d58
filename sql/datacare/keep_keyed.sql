-- What exact keys decided, with all its candidates: their table is made anew for the rest.
CREATE OR REPLACE TABLE keyed_scored AS
SELECT scored.* FROM scored INNER JOIN decided ON scored.pid = decided.pid
