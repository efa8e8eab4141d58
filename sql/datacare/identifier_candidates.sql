CREATE OR REPLACE TABLE identifier_candidate AS
SELECT c.pid, r.pid AS rid FROM c_party AS c INNER JOIN r_party AS r ON c.identifier = r.identifier
