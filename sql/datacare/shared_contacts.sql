-- Parties with a person who has the e-mail or the mobile number of the customer's.
CREATE OR REPLACE TABLE shared_contact AS
SELECT pair, max(level) AS level
FROM (
    SELECT mine.pid * 4294967296 + theirs.pid AS pair, 6 AS level
    FROM c_person_text AS mine INNER JOIN r_person_spelled AS theirs ON mine.email = theirs.email
    UNION ALL
    SELECT mine.pid * 4294967296 + theirs.pid, 5
    FROM c_person_text AS mine INNER JOIN r_person_spelled AS theirs ON mine.mobile = theirs.mobile
) AS shared
GROUP BY pair
