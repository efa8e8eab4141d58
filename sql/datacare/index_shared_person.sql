-- Names of persons of several parties, with how many.
CREATE TABLE r_shared_person AS
SELECT family, given, count(DISTINCT pid) AS df FROM r_person GROUP BY family, given HAVING count(DISTINCT pid) > 1
