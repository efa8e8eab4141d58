CREATE OR REPLACE TABLE c_person_spelled AS
SELECT pid, person, array_to_string(first, '') AS first_text, array_to_string(last, '') AS last_text,
    array_to_string(whole, '') AS whole_text, email, mobile, title
FROM c_person_text
