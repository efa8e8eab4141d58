-- Blind indexes of every reading of the suspect: kind 8 e-mail, 4 mobile, 2 name and business id, 1 name and organisation.
CREATE TEMP TABLE suspect_key AS
WITH person AS (
    SELECT DISTINCT line, array_to_string(list_sort(string_split(text, ' ')), ' ') AS name FROM suspect_name
),
reading AS (
    SELECT line, 8::UTINYINT AS kind, 'email:' || text AS message FROM suspect_email
    UNION SELECT line, 4, 'mobile:' || text FROM suspect_phone
    UNION SELECT line, 2, 'name_org:' || name || '|' || business_id.text
          FROM person JOIN suspect_business_id AS business_id USING (line)
    UNION SELECT line, 1, 'name_org:' || name || '|' || organisation.text
          FROM person JOIN suspect_organisation AS organisation USING (line)
),
keyed AS (
    SELECT message, hmac64($inner, $outer, encode(message)) AS key FROM (SELECT DISTINCT message FROM reading)
)
SELECT line, kind, key FROM reading JOIN keyed USING (message)
