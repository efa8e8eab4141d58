-- Rows that no exact key decided.
CREATE OR REPLACE TABLE open_row AS
SELECT c.pid FROM c_party AS c LEFT JOIN decided ON c.pid = decided.pid WHERE decided.pid IS NULL
