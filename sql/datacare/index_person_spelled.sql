-- Persons with their names as one text each, for slips of the pen.
CREATE TABLE r_person_spelled AS
SELECT pid, person, array_to_string(first, '') AS first_text, array_to_string(last, '') AS last_text, email, mobile, title
FROM r_person_text
ORDER BY pid, person
