INSERT INTO person BY NAME
SELECT r.person, i.first_name, i.last_name, i.name_fold, coalesce(f.nonce, uuid()) AS nonce
FROM position_input AS i
JOIN person_row AS r ON r.rid = i.rid
LEFT JOIN previous.person AS f ON f.person = r.person
